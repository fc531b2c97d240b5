/**
 * Generated images out of what a run left: a Parquet file or a folder of them, an Arrow file, or a run folder.
 *
 * Of a stream of particles the last step is taken. Whole numbers count from 0 to 255, others from 0 to
 * 1; what lies outside is brought to the edge, as it is when drawn.
 */
import { DataType, RecordBatchReader, type RecordBatch, type Schema } from 'apache-arrow'
import { open, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { lastValueFrom, toArray } from 'rxjs'
import { readNumbers } from '../../src/streams/arrow/numbers.ts'
import { hasSteps, stepRuns } from '../../src/streams/arrow/steps.ts'
import type { Source } from '../../src/streams/sources/contract.ts'
import { sql } from '../../src/streams/sources/sql.ts'
import type { Points } from '../../src/models/diagnostics/contract.ts'
import { pointsIn } from '../../src/models/diagnostics/points.ts'

export interface Samples extends Points {
  readonly values: Float32Array
  /** The file they are of. */
  readonly file: string
}

/** `size` is the number of pixels. */
export async function readSamples(place: string, column: string, size: number): Promise<Samples> {
  const file = await fileOf(place, column)
  const names = (await schemaOf(file)).names as string[]
  if (!names.includes(column)) throw new Error(`${file} has no column ${column}; it has ${names.join(', ')}`)
  const batches = isArrow(file) ? await lastStepOfArrow(file) : await lastStepOfParquet(file, column, size)
  const parts = batches.map((batch) => imagesOf(batch, column, size))
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    values.set(part, at)
    at += part.length
  }
  return { ...pointsIn(values, size), file }
}

/** The labels beside them, of a stream without steps in Parquet. */
export async function readLabels(place: string): Promise<Float64Array> {
  const file = await fileOf(place, 'label')
  const batches = await lastValueFrom((await select(file, 'label')).rows$.pipe(toArray()))
  return Float64Array.from(batches.flatMap((batch) => [...readNumbers(batch, 'label').values]))
}

const isArrow = (file: string): boolean => /\.arrows?$/.test(file)

/** The file itself; of a run, the output that holds the column. */
async function fileOf(place: string, column: string): Promise<string> {
  const manifest = await readFile(path.join(place, 'manifest.json'), 'utf8').catch(() => undefined)
  if (manifest === undefined) return place
  const { outputs } = JSON.parse(manifest) as { readonly outputs: readonly { readonly sink: string; readonly path: string }[] }
  const files = outputs.filter(({ sink }) => sink === 'parquet' || sink === 'arrow_file').map((output) => path.join(place, output.path))
  for (const file of files) if ((await schemaOf(file)).names.includes(column)) return file
  throw new Error(`${place} has no Parquet or Arrow output with a column ${column}; it has ${files.join(', ') || 'neither'}`)
}

async function schemaOf(file: string): Promise<Schema> {
  if (!isArrow(file)) return (await select(file, '*')).schema()
  const handle = await open(file)
  try {
    return (await (await RecordBatchReader.from(handle.createReadStream({ autoClose: false }))).open()).schema
  } finally {
    await handle.close()
  }
}

/** Of a Parquet file, or of all in a folder. FILE in the condition stands for them. */
async function select(file: string, columns: string, condition = ''): Promise<Source> {
  const pattern = (await stat(file)).isDirectory() ? '/*.parquet' : ''
  const quoted = `'${path.basename(file).replaceAll('\'', '\'\'')}${pattern}'`
  return sql({ query: `SELECT ${columns} FROM ${quoted} ${condition.replaceAll('FILE', quoted)}` }).open({ folder: path.dirname(path.resolve(file)), seed: 0, stream: 'samples' })
}

/** Parquet lists have no fixed size: the query gives them one. */
async function lastStepOfParquet(file: string, column: string, size: number): Promise<RecordBatch[]> {
  const { fields } = await schemaOf(file)
  const item = (fields.find(({ name }) => name === column)?.type as DataType).children?.[0]?.type as DataType | undefined
  const type = DataType.isInt(item) ? 'UTINYINT' : 'FLOAT'
  const quoted = `"${column.replaceAll('"', '""')}"`
  const last = fields.some(({ name }) => name === 'step') ? 'WHERE step = (SELECT max(step) FROM FILE)' : ''
  return lastValueFrom((await select(file, `${quoted}::${type}[${size}] AS ${quoted}`, last)).rows$.pipe(toArray()))
}

/** No other step is kept. */
async function lastStepOfArrow(file: string): Promise<RecordBatch[]> {
  const handle = await open(file)
  let batches: RecordBatch[] = []
  let last = -1
  try {
    for await (const batch of await RecordBatchReader.from(handle.createReadStream({ autoClose: false }))) {
      const runs = hasSteps(batch) ? stepRuns(batch) : [{ step: 0, from: 0, to: batch.numRows }]
      for (const { step, from, to } of runs) {
        if (step < last) continue
        if (step > last) batches = []
        last = step
        batches.push(batch.slice(from, to))
      }
    }
  } finally {
    await handle.close()
  }
  return batches
}

function imagesOf(batch: RecordBatch, column: string, size: number): Float32Array {
  const numbers = readNumbers(batch, column)
  if (numbers.size !== size) throw new Error(`column ${column} has lists of ${numbers.size}, not images of ${size} pixels`)
  const scale = numbers.values instanceof Float32Array || numbers.values instanceof Float64Array ? 1 : 1 / 255
  return Float32Array.from(numbers.values, (value, i) => {
    if (!Number.isFinite(value)) throw new Error(`column ${column} is ${value} in row ${Math.floor(i / size)} of the last step`)
    return Math.min(1, Math.max(0, value * scale))
  })
}
