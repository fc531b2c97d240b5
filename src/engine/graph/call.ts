/**
 * How the graph of a program calls its main function.
 *
 * What XLA compiles, a CPU calls by the op `XlaLaunch` itself. A function marked `_XlaMustCompile` ends as the same op,
 * but TensorFlow's own optimizers work on it first, to no avail, since XLA does that anew: half a second in each first call.
 * The op stands in a function, because a graph wants the shapes of what it holds, and this op tells none; that function is
 * the one branch of a `Case` by an index that could be fed, because a plain call would be inlined, and optimized after all.
 */
import type { Attribute, GraphFunction, Node, Program } from './program.ts'

export type Device = 'CPU' | 'GPU'

export interface Call {
  readonly op: string
  readonly attributes: Readonly<Record<string, Attribute>>
  /** Nodes of the graph that come before, and the inputs that these are to the call's node, before those of the main function. */
  readonly before: readonly Node[]
  readonly inputs: readonly string[]
  /** All functions of the graph. */
  readonly functions: readonly GraphFunction[]
}

export function callOf({ functions, is_compiled }: Program, device: Device): Call {
  const [main, ...others] = functions
  if (main === undefined) throw new RangeError('a program has at least one function')
  const [Tin, Tout] = [typesOf(main.args), typesOf(main.results)]
  if (is_compiled && device === 'CPU') {
    return { op: 'Case', attributes: { Tin, Tout, branches: { funcs: [LAUNCH] } }, before: BRANCH, inputs: ['branch'], functions: [...functions, launchOf(main)] }
  }
  const mark = is_compiled ? { _XlaMustCompile: { bool: true } } : {}
  return {
    op: 'PartitionedCall', attributes: { Tin, Tout, f: { func: main.name }, ...mark },
    before: [], inputs: [],
    functions: [{ ...main, attributes: mark }, ...others],
  }
}

const LAUNCH = 'launch'

const BRANCH: readonly Node[] = [
  { name: 'zero', op: 'Const', inputs: [], attributes: { dtype: { type: 'int32' }, value: { tensor: { dtype: 'int32', shape: [], data: Int32Array.of(0) } } } },
  { name: 'branch', op: 'PlaceholderWithDefault', inputs: ['zero'], attributes: { dtype: { type: 'int32' }, shape: { shape: [] } } },
]

const launchOf = ({ name, args, results }: GraphFunction): GraphFunction => ({
  name: LAUNCH,
  args,
  results: results.map((result, i) => ({ ...result, ref: `launch:results:${i}` })),
  nodes: [{
    name: 'launch', op: 'XlaLaunch', inputs: args.map((arg) => arg.name),
    attributes: { Tconstants: { types: [] }, Targs: typesOf(args), Nresources: { int: 0 }, Tresults: typesOf(results), function: { func: name } },
  }],
})

const typesOf = (values: GraphFunction['args']): Attribute => ({ types: values.map(({ dtype }) => dtype) })
