/**
 * Like Promise.all, but a failure waits for the others: nothing writes to a temporary folder any more
 * when it is removed.
 *
 * @template {readonly unknown[] | []} T
 * @param {T} promises
 * @returns {Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }>}
 */
export async function together(promises) {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}
