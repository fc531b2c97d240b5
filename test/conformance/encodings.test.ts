/** What every encoding promises: coordinates of rows, and the rows again, by parameters that are plain data. */
import { Bool, Float32, Float64, Int32, Schema, TimestampMillisecond, Utf8, type RecordBatch } from 'apache-arrow'
import { expect } from 'vitest'
import { sizeOfVariable } from '../../src/models/variables.ts'
import { recordBatch } from '../../src/streams/arrow/columns.ts'
import { numbersOf } from '../../src/streams/arrow/numbers.ts'
import type { Encoding, FittedEncoding } from '../../src/streams/encodings/contract.ts'
import { values } from '../../src/streams/encodings/values.ts'
import { plain } from '../streams/arrow/arbitrary-batches.ts'
import { floats, table } from '../streams/batches.ts'
import type { Declared } from '../../src/unit.ts'
import { conformance, variantsOf } from './harness.ts'

const ROWS = 40
const each = <T>(value: (i: number) => T): T[] => Array.from({ length: ROWS }, (_, i) => value(i))

const CATEGORY = (i: number): string => ['a', 'b', 'ü'][(i * i) % 3] as string

/** A table with columns of all kinds; x0 and x1 are those that most encodings take. */
const COLUMNS = {
  id: [new Int32(), each((i) => i)],
  x0: [new Float32(), each((i) => Math.fround(Math.sin(i)))],
  x1: [new Float32(), each((i) => Math.fround(10 + 3 * Math.cos(2 * i)))],
  amount: [new Float64(), each((i) => Math.exp(Math.sin(i)))],
  count: [new Int32(), each((i) => (i * 7) % 11)],
  is_new: [new Bool(), each((i) => i % 3 === 0)],
  category: [new Utf8(), each(CATEGORY)],
  time: [new TimestampMillisecond(), each((i) => 1_600_000_000_000 + 1000 * ((i * 13) % 40))],
} satisfies Parameters<typeof table>[0]
const TABLE = table(COLUMNS)

const fit = (encoding: Encoding, sample: readonly RecordBatch[] = [TABLE]): FittedEncoding => encoding.fit(TABLE.schema, sample)
const restored = (encoding: Encoding): FittedEncoding => encoding.restore(JSON.parse(JSON.stringify(fit(encoding).parameters)))
const decoded = ({ fields, decode }: FittedEncoding, coordinates: Float32Array): RecordBatch =>
  recordBatch(new Schema([...fields]), ROWS, decode(coordinates))
const dimOf = ({ variables }: FittedEncoding): number => variables.reduce((sum, variable) => sum + sizeOfVariable(variable), 0)
const KEYED = { seed: 3, stream: 'rows', first_row: 7 }

/** The encoding of columns as they are, changed once it is fitted. */
function twin(change: (fitted: FittedEncoding) => Partial<FittedEncoding>, restore?: Encoding['restore']): Encoding {
  const inner = values({ columns: ['x0', 'x1'] })
  const changed = (fitted: Declared<FittedEncoding>): Declared<FittedEncoding> => ({ ...fitted, ...change(fitted) })
  return { fit: (schema, sample) => changed(inner.fit(schema, sample)), restore: restore ?? ((parameters) => changed(inner.restore(parameters))) }
}

/** Rows like the table's, with a NaN in a column that it encodes, or a null where it encodes no floats. */
function spoilt({ fields, variables }: FittedEncoding): RecordBatch {
  const named = variables.map(({ name }) => name)
  if (!named.some((name) => /^x\d$/.test(name))) return table({ ...COLUMNS, category: [new Utf8(), each((i) => (i === 5 ? null : CATEGORY(i)))] })
  const at = TABLE.schema.fields.findIndex(({ name, type }) => named.includes(name) && fields.some((field) => field.name === name) && type instanceof Float32)
  const column = Float32Array.from(numbersOf(TABLE.data.children[at] as never)?.values ?? [])
  column[5] = NaN
  const other = floats({ [TABLE.schema.fields[at]?.name as string]: [...column] }).data.children[0]
  return recordBatch(TABLE.schema, ROWS, TABLE.data.children.map((data, i) => (i === at ? other : data)) as never)
}

conformance<Encoding>({
  kind: 'encoding',
  subjects: (unit) => variantsOf<Encoding>(unit),
  checks: {
    'gives finite coordinates of its variables for each row': {
      holds(encoding) {
        const fitted = fit(encoding)
        const coordinates = fitted.encode(TABLE)
        expect(coordinates).toBeInstanceOf(Float32Array)
        expect([coordinates.length, coordinates.every(Number.isFinite)]).toEqual([ROWS * dimOf(fitted), true])
        expect(dimOf(fitted)).toBeGreaterThan(0)
        expect(new Set(fitted.variables.map(({ name }) => name)).size).toBe(fitted.variables.length)
      },
      twin: () => twin(({ variables }) => ({ variables: variables.slice(1) })),
    },
    'gives the rows back, under names of the table': {
      holds(encoding) {
        const fitted = fit(encoding)
        const back = decoded(fitted, fitted.encode(TABLE))
        expect(back.schema.names.length).toBeGreaterThan(0)
        for (const name of back.schema.names.map(String)) {
          const [given, made] = [TABLE, back].map((batch) => Array.from({ length: ROWS }, (_, row) => plain(batch.getChild(name)?.get(row))))
          given?.forEach((value, row) => expect(made?.[row], `${name}, row ${row}`).toEqual(typeof value === 'number' ? expect.closeTo(value, Math.abs(value) > 1e6 ? -3 : 4) : value))
        }
      },
      twin: () => twin(({ encode }) => ({ encode: (batch, options) => encode(batch, options).map((value) => value * 1.01) })),
    },
    'is fitted to the same by the same rows, however they are cut': {
      holds(encoding) {
        expect(fit(encoding, [TABLE.slice(0, 11), TABLE.slice(11, ROWS)]).parameters).toEqual(fit(encoding).parameters)
      },
      twin: () => {
        const made = twin(() => ({}))
        return { ...made, fit: (schema, sample) => ({ ...made.fit(schema, sample), parameters: sample.length }) }
      },
    },
    'is restored from its parameters, which are JSON': {
      holds(encoding) {
        const [fitted, again] = [fit(encoding), restored(encoding)]
        expect([again.variables, again.fields.map(String), again.parameters]).toEqual([fitted.variables, fitted.fields.map(String), fitted.parameters])
        const coordinates = fitted.encode(TABLE, KEYED)
        expect(again.encode(TABLE, KEYED)).toEqual(coordinates)
        const others = coordinates.map((value) => value * 0.9 + 0.1)
        expect(again.decode(others).map((column) => column.values as unknown)).toEqual(fitted.decode(others).map((column) => column.values as unknown))
      },
      twin: () => {
        const made = twin(() => ({}))
        return { ...made, restore: (parameters) => ({ ...made.restore(parameters), encode: (batch) => made.restore(parameters).encode(batch).map((value) => -value) }) }
      },
    },
    'of a row depends on the row, its number and what keys it alone': {
      holds(encoding) {
        const fitted = fit(encoding)
        const [whole, dim] = [fitted.encode(TABLE, KEYED), dimOf(fitted)]
        expect(fitted.encode(TABLE, KEYED)).toEqual(whole)
        expect([...fitted.encode(TABLE.slice(13, 29), { ...KEYED, first_row: 20 })]).toEqual([...whole.subarray(13 * dim, 29 * dim)])
      },
      twin: () => twin(({ encode }) => ({ encode: (batch, options) => encode(batch, options).map((value) => value + batch.numRows) })),
    },
    'names the row of a value without coordinates, or marks that row alone': {
      holds(encoding) {
        const fitted = fit(encoding)
        const [batch, dim] = [spoilt(fitted), dimOf(fitted)]
        expect(() => fitted.encode(batch, { first_row: 100 })).toThrow(expect.objectContaining({ code: 'data_not_finite', details: expect.objectContaining({ row: 105 }) as unknown }))
        const marked = fitted.encode(batch, { ...KEYED, invalid: 'mark' })
        const clean = fitted.encode(TABLE, KEYED)
        const rows = Array.from({ length: ROWS }, (_, row) => row).filter((row) => marked.subarray(row * dim, (row + 1) * dim).some((value, i) => !Object.is(value, clean[row * dim + i])))
        expect(rows).toEqual([5])
        expect(marked.subarray(5 * dim, 6 * dim).every(Number.isFinite)).toBe(false)
      },
      twin: () => twin(({ encode }) => ({ encode: (batch) => encode(batch, { invalid: 'mark' }).map((value) => (Number.isNaN(value) ? 0 : value)) })),
    },
    'decodes coordinates of any size, finite or not, to columns of its fields': {
      holds(encoding) {
        const fitted = fit(encoding)
        const dim = dimOf(fitted)
        const wild = Float32Array.from({ length: ROWS * dim }, (_, i) => [NaN, Infinity, -Infinity, 1e30, -1e30, 0][i % 6] as number)
        const columns = fitted.decode(wild)
        expect(columns.map(({ type, length }) => [String(type), length])).toEqual(fitted.fields.map(({ type }) => [String(type), ROWS]))
      },
      twin: () => twin(({ decode }) => ({ decode: (coordinates) => decode(coordinates).slice(1) })),
    },
  },
})
