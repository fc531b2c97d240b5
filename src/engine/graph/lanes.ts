/**
 * The function that calls a program's main function once per *lane*, and how a graph calls it.
 *
 * TensorFlow runs the lanes at the same time, and all of them share one executable. Captures are shared; an output with a
 * join axis is also there as that of all lanes, one after the other along the axis.
 *
 * What XLA compiles, a CPU calls by the op `XlaLaunch` itself (a function marked `_XlaMustCompile` ends as the same op).
 * TensorFlow's own optimizers would work on its functions first, to no avail, since XLA does that anew: up to half a second in each
 * first call. They leave alone a graph of less than four nodes, and a function that has a parameter: this one has, `none`, which is 0.
 * The op stands in a function, because a graph wants the shapes of what it holds, and this op tells none; that function is
 * the one branch of a `Case`, because a graph would look for shapes in a plain call, too.
 */
import type { Attribute, GraphDtype, GraphFunction, Node, Program } from './program.ts'

export type Device = 'CPU' | 'GPU'

export interface Layout {
  readonly lanes: number
  /** For each output, the axis along which its lanes can be joined. */
  readonly join: readonly (number | undefined)[]
}

export interface LanesCall {
  readonly op: string
  readonly attributes: Readonly<Record<string, Attribute>>
  /** Nodes of the graph that are its first inputs. */
  readonly before: readonly Node[]
  /** Its other inputs: those of the lanes, one lane after the other, then the captures. */
  readonly args: GraphFunction['args']
  /** All functions of the graph. */
  readonly functions: readonly GraphFunction[]
}

export function lanesCall(program: Program, layout: Layout, device: Device): LanesCall {
  const [main, ...others] = program.functions
  if (main === undefined) throw new RangeError('a program has at least one function')
  const is_launched = program.is_compiled && device === 'CPU'
  const mark: GraphFunction['attributes'] = program.is_compiled && !is_launched ? { _XlaMustCompile: { bool: true } } : {}
  const lanes = lanesFunction(program, layout, is_launched ? launchOf(main) : callOf(main, mark))
  const [Tin, Tout] = [typesOf(lanes.args), typesOf(lanes.results)]
  const functions = [lanes, { ...main, attributes: mark }, ...others]
  return is_launched
    ? { op: 'Case', attributes: { Tin, Tout, branches: { funcs: [{ name: lanes.name, parameters: { none: { int: 0 } } }] } }, before: [BRANCH], args: lanes.args, functions }
    : { op: 'PartitionedCall', attributes: { Tin, Tout, f: { func: lanes.name } }, before: [], args: lanes.args, functions }
}

const scalar = (name: string, value: number, marks: Node['attributes'] = {}): Node =>
  ({ name, op: 'Const', inputs: [], attributes: { ...marks, dtype: { type: 'int32' }, value: { tensor: { dtype: 'int32', shape: [], data: Int32Array.of(value) } } } })

/** Of the one branch. The mark tells who looks for reference variables, through all functions twice, that there may be one here: nobody else heeds it. */
const BRANCH = scalar('branch', 0, { _mark: { func: 'VariableV2' } })

/** Where an output of a lane, or of all lanes joined, is among the results of the call. */
export const resultIndex = ({ outputs }: Program, { lanes, join }: Layout, lane: number | 'joined', output: number): number =>
  lane === 'joined' ? lanes * outputs.length + join.slice(0, output).filter((axis) => axis !== undefined).length : lane * outputs.length + output

/** How a lane calls the main function. */
interface LaneCall {
  readonly op: string
  readonly attributes: Node['attributes']
  /** Name of the op's output, of which all results are. */
  readonly output: string
  readonly parameters?: readonly string[]
}

const launchOf = ({ name, args, results }: GraphFunction): LaneCall => ({
  op: 'XlaLaunch',
  attributes: { Tconstants: { types: [] }, Targs: typesOf(args), Nresources: { placeholder: 'none' }, Tresults: typesOf(results), function: { func: name } },
  output: 'results',
  parameters: ['none'],
})

const callOf = ({ name, args, results }: GraphFunction, mark: Node['attributes']): LaneCall => ({
  op: 'PartitionedCall',
  attributes: { Tin: typesOf(args), Tout: typesOf(results), f: { func: name }, ...mark },
  output: 'output',
})

function lanesFunction({ inputs, outputs, captures }: Program, { lanes, join }: Layout, { op, attributes, output, parameters = [] }: LaneCall): GraphFunction {
  const indices = Array.from({ length: lanes }, (_, lane) => lane)
  const resultOf = (lane: number, i: number): string => `l${lane}:${output}:${i}`
  const own = indices.map((lane) => inputs.map(({ dtype }, i) => ({ name: `l${lane}_x${i}`, dtype })))
  const shared = captures.map(({ dtype }, i) => ({ name: `c${i}`, dtype }))
  const nodes = own.map((args, lane): Node => ({ name: `l${lane}`, op, inputs: [...args, ...shared].map(({ name }) => name), attributes }))
  const results = indices.flatMap((lane) => outputs.map(({ dtype }, i) => ({ name: `l${lane}_y${i}`, dtype, ref: resultOf(lane, i) })))
  outputs.forEach(({ dtype }, i) => {
    const axis = join[i]
    if (axis === undefined) return
    if (lanes === 1) return void results.push({ name: `y${i}`, dtype, ref: resultOf(0, i) })
    nodes.push(scalar(`axis${i}`, axis), {
      name: `join${i}`, op: 'ConcatV2', inputs: [...indices.map((lane) => resultOf(lane, i)), `axis${i}:output:0`],
      attributes: { N: { int: lanes }, T: { type: dtype }, Tidx: { type: 'int32' } },
    })
    results.push({ name: `y${i}`, dtype, ref: `join${i}:output:0` })
  })
  return { name: 'lanes', parameters, args: [...own.flat(), ...shared], results, nodes }
}

const typesOf = (values: readonly { readonly dtype: GraphDtype }[]): Attribute => ({ types: values.map(({ dtype }) => dtype) })
