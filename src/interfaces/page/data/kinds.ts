/**
 * What a stream shows, by its schema: particles or rows to draw, courses of training or of health.
 */
import type { FieldInfo, SchemaInfo } from '../../../streams/taps/contract.ts'
import { isParticles, variableNames } from '../../../streams/arrow/variable-names.ts'

/** A number of each row: a column, or one place of a list column. */
export interface Axis {
  readonly label: string
  readonly column: string
  readonly index?: number
}

export interface ImageShape {
  readonly column: string
  readonly height: number
  readonly width: number
  readonly channels: number
}

export interface Drawable {
  /** Of all columns. */
  readonly names: readonly string[]
  /** What can be an axis; the variables first. */
  readonly axes: readonly Axis[]
  /** How many of them are variables. */
  readonly num_variables: number
  readonly image?: ImageShape
  readonly is_particles: boolean
  /** Numbers in the widest column that is asked for, per row. */
  readonly width: number
}

export const isTraining = ({ fields }: SchemaInfo): boolean => has(fields, 'step') && has(fields, 'loss') && has(fields, 'learning_rate')
export const isHealth = ({ fields }: SchemaInfo): boolean => has(fields, 'step') && has(fields, 'variable') && has(fields, 'r_hat')
const isComparison = ({ fields }: SchemaInfo): boolean => has(fields, 'variable') && has(fields, 'ks_distance')

/** Columns of particles, besides the variables, that can be looked at as coordinates. */
const ALSO_AXES = ['energy', 'score_norm']
/** Places of a list that can be chosen. */
const MOST_PLACES = 64

/** Undefined for a stream without anything to draw. */
export function drawableOf(schema: SchemaInfo): Drawable | undefined {
  if (isTraining(schema) || isHealth(schema) || isComparison(schema)) return undefined
  const names = schema.fields.map(({ name }) => name)
  const is_particles = isParticles(names)
  const own = variableNames(names)
  const variables = schema.fields.filter(({ name }) => own.includes(name))
  const axes = variables.flatMap(axesOf)
  const image = variables.map(imageOf).find((found) => found !== undefined)
  if (axes.length === 0 && image === undefined) return undefined
  const others = is_particles ? schema.fields.filter(({ name }) => ALSO_AXES.includes(name)).flatMap(axesOf) : []
  return { names, axes: [...axes, ...others], num_variables: axes.length, ...(image === undefined ? {} : { image }), is_particles, width: Math.max(...variables.map(sizeOf)) }
}

function axesOf(field: FieldInfo): Axis[] {
  const { name, type } = field
  if (/^fixed_size_list<(u?int|float)/.test(type)) return Array.from({ length: Math.min(MOST_PLACES, sizeOf(field)) }, (_, index) => ({ label: `${name}[${index}]`, column: name, index }))
  return /^(u?int|float|decimal|date|time|duration)/.test(type) ? [{ label: name, column: name }] : []
}

const sizeOf = ({ type }: FieldInfo): number => Number(/\[(\d+)\]$/.exec(type)?.[1] ?? 1)

function imageOf({ name, metadata }: FieldInfo): ImageShape | undefined {
  const [height = 0, width = 0, channels = 1, ...others] = JSON.parse(metadata?.['heatbath.shape'] ?? '[]') as number[]
  const is = height > 1 && width > 1 && (channels === 1 || channels === 3) && others.length === 0
  return is ? { column: name, height, width, channels } : undefined
}

const has = (fields: readonly FieldInfo[], name: string): boolean => fields.some((field) => field.name === name)
