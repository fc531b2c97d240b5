/**
 * Event files for TensorBoard: the courses of training, health or any stream of numbers.
 *
 * Each numeric column becomes a curve NAME/COLUMN over `step` (over the number of the row where there
 * is no such column); where rows have a text column, as `variable` of the health stream, its value
 * stands between: NAME/VARIABLE/COLUMN. Nulls and lists are left out.
 * Errors: sink_column without a numeric column, sink_exists, sink_path, sink_disk_full, sink_unwritable.
 */
import { DataType, type RecordBatch, type Schema } from 'apache-arrow'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { defineSink, type Writer } from './contract.ts'
import { PartFolder, PartFile, prepareFolder } from './disk.ts'
import { targetOf } from './paths.ts'
import { scalarsEvent, versionEvent } from './tensorboard/events.ts'

const FILE = 'events.out.tfevents.0.heatbath'

export const tensorboard = defineSink({
  name: 'tensorboard',
  summary: 'Writes the numbers of a stream as curves for TensorBoard.',
  config: z.strictObject({
    path: z.string().min(1).meta({ description: 'Folder of the event file, relative to the run folder: what `tensorboard --logdir` is given, or lies in it.' }),
    overwrite: z.boolean().default(false).meta({ description: 'Replace an existing folder that holds nothing but such a file.' }),
  }),
  example: 'outputs: [{ from: particles, tensorboard: { path: curves } }]',
  reference: 'https://www.tensorflow.org/tensorboard',
  places: ({ path, overwrite }) => ({ paths: [path], overwrite }),
  async open({ path, overwrite }, schema, context): Promise<Writer> {
    const columns = columnsOf(schema)
    const target = targetOf(path, context)
    await prepareFolder(target, overwrite, /^events\.out\.tfevents\.0\.heatbath$/)
    const folder = await PartFolder.create(target)
    const file = await PartFile.create(folder.file(FILE))
    await file.write([versionEvent()])
    let num_rows = 0
    return {
      async write(batch) {
        await file.write(eventsOf(batch, columns, context.name, num_rows))
        num_rows += batch.numRows
      },
      async commit() {
        await file.commit()
        await folder.commit()
        return { path: target.relative, num_rows, bytes: file.bytes, sha256: file.sha256 }
      },
      async abort() {
        try {
          await file.abort()
        } finally {
          await folder.abort()
        }
      },
    }
  },
})

interface Columns {
  readonly numbers: readonly string[]
  readonly texts: readonly string[]
  readonly hasStep: boolean
}

function columnsOf({ fields }: Schema): Columns {
  const names = (is: (type: DataType) => boolean): string[] => fields.filter(({ name, type }) => name !== 'step' && is(type)).map(({ name }) => name)
  const numbers = names((type) => DataType.isInt(type) || DataType.isFloat(type) || DataType.isBool(type))
  if (numbers.length === 0) throw fail('sink_column', { column: fields[0]?.name ?? 'x', type: fields[0]?.type ?? 'none', format: 'curves (of numbers)' })
  return { numbers, texts: names((type) => DataType.isUtf8(type)), hasStep: fields.some(({ name }) => name === 'step') }
}

function eventsOf(batch: RecordBatch, { numbers, texts, hasStep }: Columns, stream: string, before: number): Uint8Array[] {
  const column = (name: string) => batch.getChild(name)
  return Array.from({ length: batch.numRows }, (_, row) => {
    const step = BigInt(hasStep ? (column('step')?.get(row) as bigint | number) : before + row + 1)
    const place = [stream, ...texts.map((name) => String(column(name)?.get(row)))].join('/')
    const scalars = numbers.flatMap((name) => {
      const value = column(name)?.get(row) as number | bigint | boolean | null
      return value === null ? [] : [{ tag: `${place}/${name}`, value: Number(value) }]
    })
    return scalarsEvent(step, scalars)
  })
}
