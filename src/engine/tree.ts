/**
 * Trees: nested arrays and plain objects whose leaves are tensors, arrays or Specs.
 *
 * A leaf is an instance of a class; `null` and `undefined` are empty trees. Leaves come in a fixed
 * order: arrays by index, objects by sorted key. A tree's static type is that of the value itself
 * (`{ x: Tensor2D }`), so these functions take it on trust.
 */

type Branch = Readonly<Record<string, unknown>>

const isBranch = (node: unknown): node is Branch => {
  if (typeof node !== 'object' || node === null) return false
  const prototype: unknown = Object.getPrototypeOf(node)
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null
}

const keysOf = (branch: Branch): string[] => (Array.isArray(branch) ? Object.keys(branch) : Object.keys(branch).sort())

/** The leaves of a tree, in order. */
export function leaves<Leaf>(tree: unknown): Leaf[] {
  if (tree === null || tree === undefined) return []
  return isBranch(tree) ? keysOf(tree).flatMap((key) => leaves<Leaf>(tree[key])) : [tree as Leaf]
}

/** A tree of the shape of `like` with other leaves, given in order. */
export function rebuild<T>(like: unknown, newLeaves: Iterable<unknown>): T {
  const next = newLeaves[Symbol.iterator]()
  const build = (node: unknown): unknown => {
    if (node === null || node === undefined) return node
    if (!isBranch(node)) return next.next().value
    const built = keysOf(node).map((key) => [key, build(node[key])] as const)
    return Array.isArray(node) ? built.map(([, child]) => child) : Object.fromEntries(built)
  }
  return build(like) as T
}

/** Applies `f` leaf by leaf to trees of one shape. */
export function mapTree<T, Leaf = unknown, R = T>(f: (leaf: Leaf, ...others: Leaf[]) => unknown, tree: T, ...others: readonly unknown[]): R {
  const columns = others.map((other) => leaves<Leaf>(other))
  return rebuild<R>(tree, leaves<Leaf>(tree).map((leaf, i) => f(leaf, ...columns.map((column) => column[i] as Leaf))))
}

/** Dotted paths of the leaves, in order: `layers.0.w`. */
export function paths(tree: unknown, prefix = ''): string[] {
  if (tree === null || tree === undefined) return []
  if (!isBranch(tree)) return [prefix]
  return keysOf(tree).flatMap((key) => paths(tree[key], prefix === '' ? key : `${prefix}.${key}`))
}
