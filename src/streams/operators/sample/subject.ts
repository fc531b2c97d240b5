/** What chains run on: an energy, or a model whose parameters are fed at every call. */
import type { Data, Field } from 'apache-arrow'
import { sizeOf } from '../../../engine/array.ts'
import { leaves, type Executor, type Spec } from '../../../engine/index.ts'
import type { Tensor, Tensor1D } from '../../../engine/tf.ts'
import { fail } from '../../../errors.ts'
import { byTurns, type Classes, type ClassValue } from '../../../models/classes.ts'
import type { Energy } from '../../../models/energies/contract.ts'
import { unpackTensors, type Packed } from '../../../models/packing.ts'
import { modelTarget } from '../../../models/model.ts'
import { energyTarget, type SupportBy, type Target } from '../../../models/target.ts'
import { variableField } from '../../arrow/schemas.ts'
import { classColumn, classField } from '../../classes.ts'
import type { FittedEncoding } from '../../encodings/contract.ts'
import { nothingLent, type Loan } from '../../loans.ts'
import type { Model } from '../../model.ts'
import { costOfNet, type Cost } from './blocks.ts'

export interface Subject {
  /** Programs are shared by subjects with the same identity and text. */
  readonly identity: object
  readonly text: string
  /** Named in errors. */
  readonly name: string
  readonly cost: Cost
  /** How often its net is evaluated for a chain at the same time; 1 unless given. */
  readonly evaluations_at_once?: number
  /** A tree of arrays on the executor, as they are now; undefined if there are none. */
  borrow(executor: Executor): Promise<Loan>
  /** How coordinates become the columns of a table, for a model of one. */
  readonly encoding?: FittedEncoding
  /** The target, given the parameters as tensors and the numbers of chains, int32 [chains]. Its names and sizes do not depend on them. */
  target(parameters?: unknown, chains?: Tensor1D): Target
  /** What is known of each chain beforehand, as a column. */
  readonly known?: Known
}

export interface Known {
  readonly field: Field
  /** Of so many chains from the first. */
  column(first: number, chains: number): Data
}

export function energySubject(energy: Energy & { readonly is?: { readonly name: string } }, temperature: number, support: SupportBy = 'transform'): Subject {
  return {
    identity: energy,
    text: `temperature ${temperature}, support ${support}`,
    name: energy.is?.name ?? 'an energy',
    cost: 'elementwise',
    borrow: async () => nothingLent(),
    target: () => energyTarget(energy, temperature, support),
  }
}

/** Which classes of a model are sampled, and how. */
export interface ClassChoice {
  /** Classes that chains take by turns; all unless given. */
  readonly classes?: 'all' | readonly ClassValue[]
  /** w of classifier-free guidance, 1 unless given. */
  readonly guidance?: number
}

/** Throws class_unknown for classes that the model does not tell apart. */
export function modelSubject(model: Model, temperature: number, { classes, guidance = 1 }: ClassChoice = {}): Subject {
  const { encoding } = model
  const decodes = encoding !== undefined && !isPlain(encoding)
  const wanted = classes && numbersOf(model, classes)
  const target = (parameters?: unknown, chains?: Tensor1D): Target =>
    modelTarget(model.spec, parameters === undefined ? undefined : unpackTensors(model.shapes, parameters as Packed<Tensor>), temperature,
      wanted && chains && { numbers: byTurns(wanted, chains), guidance })
  return {
    identity: model.spec,
    text: `temperature ${temperature}, classes ${JSON.stringify(wanted)}, guidance ${guidance}`,
    name: model.name,
    cost: costOfNet(leaves<Spec>(model.shapes).reduce((sum, { shape }) => sum + sizeOf(shape), 0)),
    evaluations_at_once: wanted === undefined || guidance === 1 ? 1 : 2,
    borrow: (executor) => model.borrow(executor),
    ...(decodes ? { encoding } : {}),
    ...(wanted === undefined ? {} : { known: knownClasses(model.spec.classes as Classes, wanted) }),
    target: (...given) => (decodes ? { ...target(...given), variables: [{ name: ROWS, shape: [model.spec.dim] }] } : target(...given)),
  }
}

function numbersOf({ name, spec: { classes } }: Model, wanted: 'all' | readonly ClassValue[]): readonly number[] {
  const values = classes?.values ?? []
  if (wanted === 'all' && values.length > 0) return [...values.keys()]
  const asked = wanted === 'all' ? [wanted] : wanted
  const unknown = asked.find((value) => !values.includes(value))
  if (unknown !== undefined) throw fail('class_unknown', { model: name, value: String(unknown), classes: values.join(', ') || 'none' })
  return asked.map((value) => values.indexOf(value))
}

const knownClasses = (classes: Classes, wanted: readonly number[]): Known => ({
  field: classField(classes),
  column: (first, chains) => classColumn(Array.from({ length: chains }, (_, i) => classes.values[wanted[(first + i) % wanted.length] as number] as ClassValue)),
})

/** Coordinates that are decoded are emitted as one list. */
export const ROWS = 'coordinates'

/** Whether coordinates are the columns themselves. */
const isPlain = ({ variables, fields }: FittedEncoding): boolean =>
  variables.length === fields.length && variables.map(variableField).every(({ name, type }, i) => name === fields[i]?.name && String(type) === String(fields[i]?.type))
