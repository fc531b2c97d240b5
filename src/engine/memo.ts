/**
 * Remembers what was made for a set of objects and a text, as long as the objects live.
 *
 * Recording and compiling a function takes milliseconds to seconds; the same component with the
 * same shapes on the same executor is made once.
 */
export class Memo<T> {
  readonly #root = new WeakMap<object, unknown>()

  get(objects: readonly [object, ...object[]], text: string, make: () => T): T {
    let level: WeakMap<object, unknown> = this.#root
    for (const object of objects.slice(0, -1)) level = entry(level, object, () => new WeakMap())
    const byText = entry(level, objects.at(-1) as object, () => new Map<string, T>())
    let value = byText.get(text)
    if (value === undefined) byText.set(text, (value = make()))
    return value
  }
}

function entry<V>(map: WeakMap<object, unknown>, key: object, make: () => V): V {
  let value = map.get(key) as V | undefined
  if (value === undefined) map.set(key, (value = make()))
  return value
}
