/**
 * A model as a file: its parameters, and all that is needed to use it again.
 *
 * safetensors; arrays have the net's own names (`blocks.0.a.w`), those of the running average where
 * there is one. The metadata's entry `heatbath` is JSON: which net, noise, preconditioning and
 * encoding it is made of, with their configs, and what is known of it.
 * Errors: model_file_invalid, naming the place.
 */
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { leaves, paths, rebuild, sameShape, Spec, type HostArray } from '../../engine/index.ts'
import type { ClassValue } from '../../models/classes.ts'
import type { DataSummary } from '../../models/data-summary.ts'
import { inputsOf, OUTPUTS, outputsOf, PRECISIONS, type ModelSpec } from '../../models/model.ts'
import type { Net } from '../../models/nets/contract.ts'
import type { HostDraws } from '../../models/nets/host-draws.ts'
import type { Noise } from '../../models/noise/contract.ts'
import { unpackArrays, type Packed } from '../../models/packing.ts'
import type { Preconditioning } from '../../models/preconditioning/contract.ts'
import { checkVariables, type Variable } from '../../models/variables.ts'
import type { Declared, Instance, Kind } from '../../unit.ts'
import { VERSION } from '../../version.ts'
import type { Encoding } from '../encodings/contract.ts'
import { Model, usedParameters } from '../model.ts'
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts'

/** Makes a component of its kind, name and config. */
export type Make = (kind: Kind, name: string, config: unknown) => unknown

export type Origin = Readonly<Record<string, string>>

const FORMAT = 1
const ENTRY = 'heatbath'

const Part = z.strictObject({ name: z.string(), config: z.unknown() })

const Description = z.strictObject({
  format: z.literal(FORMAT),
  heatbath: z.string(),
  name: z.string(),
  /** Updates. */
  version: z.int().nonnegative(),
  dim: z.int().positive(),
  variables: z.array(z.strictObject({ name: z.string(), shape: z.array(z.int().positive()).optional() })),
  net: Part,
  output: z.enum(OUTPUTS).default('score'),
  precision: z.enum(PRECISIONS).default('float32'),
  noise: Part.optional(),
  preconditioning: Part,
  classes: z.strictObject({ column: z.string(), values: z.array(z.union([z.string(), z.number(), z.boolean()])).nonempty(), dropout: z.number() }).optional(),
  encoding: Part.extend({ parameters: z.unknown() }).optional(),
  data: z.strictObject({ dim: z.number(), mean: z.number(), sd: z.number(), largest_distance: z.number(), states: z.array(z.int().positive()).optional() }).optional(),
  origin: z.record(z.string(), z.string()),
})

/** The file's bytes, in chunks. */
export async function writeModel(model: Model, origin: Origin = {}): Promise<Uint8Array[]> {
  const { name, version, encoding, data, spec: { dim, variables, net, output = 'score', precision = 'float32', noise, preconditioning, classes } } = model
  const parameters = unpackArrays(model.shapes, usedParameters(await model.read()) as Packed<HostArray>)
  const arrays = leaves<HostArray>(parameters)
  const description: z.input<typeof Description> = {
    format: FORMAT,
    heatbath: VERSION,
    name,
    version,
    dim,
    variables: variables.map((variable) => ({ name: variable.name, ...(variable.shape === undefined ? {} : { shape: [...variable.shape] }) })),
    net: partOf(net.is),
    output,
    precision,
    ...(noise === undefined ? {} : { noise: partOf(noise.is) }),
    preconditioning: partOf(preconditioning.is),
    ...(classes === undefined ? {} : { classes: { ...classes, values: [...classes.values] as [ClassValue, ...ClassValue[]] } }),
    ...(encoding === undefined ? {} : { encoding: { ...partOf(encoding.is), parameters: encoding.parameters } }),
    ...(data === undefined ? {} : { data: { ...data, states: data.states && [...data.states] } }),
    origin: { ...origin },
  }
  return encodeSafetensors({
    metadata: { [ENTRY]: JSON.stringify(description) },
    arrays: new Map(paths(parameters).map((path, i) => [path, arrays[i] as HostArray])),
  })
}

/** The model of a file, under its own name unless another is given. */
export function readModel(bytes: Uint8Array, make: Make, name?: string): Model {
  const { metadata, arrays } = decodeSafetensors(bytes)
  const description = describe(metadata[ENTRY])
  const { dim, variables, version, data } = description
  checkVariables(dim, variables as readonly Variable[], (problem) => invalid('its metadata', problem))
  const { output, precision, noise, classes } = description
  const part = <T>(kind: Kind, { name: word, config }: z.output<typeof Part>): Declared<T> => make(kind, word, config) as Declared<T>
  const spec: ModelSpec = {
    dim,
    variables: variables as readonly Variable[],
    output,
    precision,
    net: part<Net>('net', description.net),
    ...(noise === undefined ? {} : { noise: part<Noise>('noise', noise) }),
    preconditioning: part<Preconditioning>('preconditioning', description.preconditioning),
    ...(classes === undefined ? {} : { classes }),
  }
  return new Model(name ?? description.name, spec, parametersOf(spec, arrays), {
    version,
    ...(data === undefined ? {} : { data: data as DataSummary }),
    ...encodingOf(description, make),
  })
}

function describe(text: string | undefined): z.output<typeof Description> {
  if (text === undefined) throw invalid('its metadata', 'they do not describe a model of heatbath')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw invalid('its metadata', 'they are not JSON', error)
  }
  const format = (json as { readonly format?: unknown } | null)?.format
  if (typeof format === 'number' && format !== FORMAT) throw invalid('its metadata', `they are of format ${format}, and this heatbath (${VERSION}) reads format ${FORMAT}: use the one that wrote it`)
  const parsed = Description.safeParse(json)
  if (!parsed.success) throw invalid('its metadata', parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  return parsed.data
}

/** The arrays as the net's own tree. */
function parametersOf(model: ModelSpec, arrays: ReadonlyMap<string, HostArray>): unknown {
  const spec = (shape: readonly number[]) => new Spec('float32', shape)
  const like = model.net.init(inputsOf(model), outputsOf(model), { normal: spec, fill: spec } as unknown as HostDraws, model.classes?.values.length)
  const names = paths(like)
  const unknown = [...arrays.keys()].find((name) => !names.includes(name))
  if (unknown !== undefined) throw invalid(`array ${unknown}`, 'the net has none of this name')
  return rebuild(like, leaves<Spec>(like).map(({ shape }, i) => {
    const name = names[i] as string
    const array = arrays.get(name)
    if (array === undefined) throw invalid(`array ${name}`, 'it is missing')
    if (!sameShape(array.shape, shape)) throw invalid(`array ${name}`, `its shape is [${array.shape.join(', ')}], the net's [${shape.join(', ')}]`)
    return array
  }))
}

function encodingOf({ encoding }: z.output<typeof Description>, make: Make): Pick<ConstructorParameters<typeof Model>[3] & object, 'encoding'> {
  if (encoding === undefined) return {}
  return { encoding: (make('encoding', encoding.name, encoding.config) as Encoding).restore(encoding.parameters) }
}

const partOf = ({ name, config }: Instance): { name: string; config: unknown } => ({ name, config })

const invalid = (place: string, problem: string, cause?: unknown) => fail('model_file_invalid', { place, problem }, cause)
