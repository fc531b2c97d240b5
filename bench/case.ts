/** A measured case: work of the same size on both sides, timed after a first call. Beside a peer, or beside a baseline of our own. */
export interface Case {
  readonly name: string
  /** What one call makes: chain-steps or rows. */
  readonly units: number
  readonly repeats: number
  /** Makes what the calls work on. */
  prepare?(): void
  /** One call; `round` varies the seed. */
  call(round: number): Promise<void>
  /** The same work without what is measured: called in alternation with `call`. */
  baseline?(round: number): Promise<void>
  /** Throws if what was computed is not what the case asks for. */
  check(): void
  /** The peer's script, by the name of its file in peers/, and the name it reports under. */
  readonly peer?: 'jax_peer.py' | 'torch_peer.py'
}

/** Throws unless a value lies in a range. */
export function expect(what: string, value: number, low: number, high: number): void {
  if (!(value >= low && value <= high)) throw new Error(`${what} is ${value}, not in [${low}, ${high}]`)
}
