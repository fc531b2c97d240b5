/** Bytes cut at parts that a reader can use, however they come. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WholeLines, WholeMessages } from '../../../src/interfaces/cli/whole-parts.ts'
import { encodeStream } from '../../../src/streams/arrow/ipc.ts'
import { particles, SCHEMA } from '../../streams/taps/particles.ts'

/** The bytes in pieces that end at some places. */
const cutAt = (bytes: Uint8Array, places: readonly number[]): Uint8Array[] => {
  const ends = [...new Set([...places.map((place) => Math.floor(place * bytes.length)), bytes.length])].sort((a, b) => a - b)
  return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end))
}
const places = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 30 })

test('lines: what is given ends with one, and is all there is', () => {
  fc.assert(fc.property(fc.string(), places, (text, at) => {
    const [bytes, parts] = [Buffer.from(text), new WholeLines()]
    const given: Uint8Array[] = []
    for (const piece of cutAt(bytes, at)) {
      given.push(...parts.add(piece))
      const last = given.at(-1)
      if (last !== undefined && last.length > 0) expect(last.at(-1)).toBe(10)
    }
    expect(Buffer.concat(given).toString()).toBe(text.slice(0, text.lastIndexOf('\n') + 1))
  }))
})

test('messages: what is given ends with one as soon as it is here, and is all there is', () => {
  const encoder = encodeStream(SCHEMA)
  const messages = [encoder.start(), ...[...particles({ chains: 50, steps: 6 })].map((batch) => encoder.batch(batch)), encoder.end()].map((chunks) => Buffer.concat(chunks))
  const whole = Buffer.concat(messages)
  const ends = messages.map((_, i) => messages.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0))
  fc.assert(fc.property(places, (at) => {
    const parts = new WholeMessages()
    let [fed, given] = [0, 0]
    const out: Uint8Array[] = []
    for (const piece of cutAt(whole, at)) {
      fed += piece.length
      for (const bytes of parts.add(piece)) {
        given += bytes.length
        out.push(bytes.slice())
      }
      expect(given).toBe(Math.max(0, ...ends.filter((end) => end <= fed)))
    }
    expect(Buffer.concat(out).equals(whole)).toBe(true)
  }))
})
