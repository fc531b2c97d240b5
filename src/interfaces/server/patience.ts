/** How long a server that closes waits for those who still read. */

/** How many times its patience at most, however well things go on. */
const MOST = 5

/** Until all is done; or until nothing was taken for so many ms, or five times as long. */
export async function patience(done: Promise<unknown>, taken: () => number, ms: number): Promise<void> {
  let isDone = false
  void done.then(() => (isDone = true))
  for (let [round, before] = [0, -1]; round < MOST && !isDone; round++) {
    const now = taken()
    if (now === before) return
    before = now
    await within(done, ms)
  }
}

function within(done: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    void done.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** Bytes that the system has taken for a socket. */
export const takenBy = (socket: { readonly bytesWritten: number; readonly writableLength: number } | null): number =>
  (socket?.bytesWritten ?? 0) - (socket?.writableLength ?? 0)
