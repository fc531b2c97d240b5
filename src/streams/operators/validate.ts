/**
 * The loss of a model on rows that it does not learn from, while it is trained, and an end to
 * training that no longer helps.
 *
 * Keeps the rows of its stream (the first `rows`) and takes the loss of them after every `every`
 * updates, with the parameters that sampling uses and the same noise each time: figures differ by the model
 * alone. Training waits meanwhile. Gives a row for each look. With `patience`, so many looks in
 * succession without a lower loss end the training, and the model is again what it was at the lowest;
 * training that ends by itself keeps its last parameters. Of a model that nobody trains there is one look.
 * Errors: data_empty without rows, validation_diverged for a loss that is not finite.
 */
import { Bool, Field, Float64, Schema, Uint64, type RecordBatch } from 'apache-arrow'
import { defer, lastValueFrom, map, Observable, of, takeWhile, toArray, type OperatorFunction } from 'rxjs'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import type { Loss } from '../../models/losses/contract.ts'
import { nameOf, type Declared } from '../../unit.ts'
import { boolColumn, measuredColumn, recordBatch, uint64Column } from '../arrow/columns.ts'
import { readFloats } from '../arrow/read.ts'
import { concatBatches, countRows } from '../arrow/rows.ts'
import type { Model, ModelState } from '../model.ts'
import { defineOperator, partOf } from './contract.ts'
import { encodedFor } from './encode.ts'
import { lossValue } from './loss.ts'
import type { FlowOptions } from './numeric/options.ts'
import { drawing, flowing, optionsOf } from './options.ts'
import { perturb } from './perturb.ts'

const Config = z.strictObject({
  model: nameOf('model', 'The model that another stream trains.'),
  every: z.int().positive().default(100).meta({ description: 'Updates between two looks.' }),
  patience: z.int().positive().optional().meta({ description: 'Looks without a lower loss after which training ends, and the model is again what it was at the lowest. Unless given training is never ended, and the model keeps its last parameters; so it does where training ends by itself.' }),
  rows: z.int().positive().default(10_000).meta({ description: 'Rows that are kept in memory and looked at: the first.' }),
  on_invalid: z.enum(['error', 'drop']).default('error').meta({ description: 'What becomes of rows with a null, NaN or infinity, or a category that the model does not know.' }),
})

const VALIDATION = new Schema([
  new Field('step', new Uint64(), false), new Field('loss', new Float64(), true), new Field('lowest_loss', new Float64(), true), new Field('is_lowest', new Bool(), false),
])

const Options = Config.omit({ model: true, on_invalid: true }).extend({ ...drawing('validation'), ...flowing })

export interface ValidateOptions extends FlowOptions {
  readonly every?: number
  readonly patience?: number
  readonly rows?: number
  readonly seed?: number
  /** Name of the stream: streams of different names draw independent noise. */
  readonly stream?: string
}

export function validate(model: Model, rule: Declared<Loss>, options: ValidateOptions = {}): OperatorFunction<RecordBatch, RecordBatch> {
  const { every, patience = Infinity, rows, seed, stream, ...flow } = optionsOf('validate', Options, options)
  const { noise, classes } = model.spec
  const lossesOf = (snapshot: Model, batches: readonly RecordBatch[]): Promise<RecordBatch[]> => {
    const rows$ = of(...batches)
    const seen$ = noise === undefined ? rows$ : rows$.pipe(perturb(noise, { seed, stream, has_classes: classes !== undefined, ...flow }))
    return lastValueFrom(seen$.pipe(lossValue(snapshot, rule, { seed, stream, ...flow }), toArray()))
  }
  return (source) => new Observable((subscriber) => {
    const best = new Best(patience)
    const kept = new Promise<RecordBatch[]>((resolve, reject) => {
      subscriber.add(source.pipe(firstRows(rows), toArray(), map((batches) => blocksOf(batches, rows, stream))).subscribe({ next: resolve, error: reject }))
    })
    const look = async (version: number): Promise<void> => {
      const batches = await kept
      const snapshot = await model.snapshot()
      const losses = await lossesOf(snapshot, batches)
      snapshot.dispose()
      const loss = meanOf(losses, batches)
      if (!Number.isFinite(loss)) throw fail('validation_diverged', { model: model.name, loss, step: version })
      const isLowest = best.add(loss)
      if (isLowest && patience !== Infinity) best.state = { version, state: await model.read() }
      subscriber.next(recordBatch(VALIDATION, 1, [
        uint64Column(BigUint64Array.of(BigInt(version))), measuredColumn(Float64Array.of(loss)), measuredColumn(Float64Array.of(best.loss)), boolColumn(Uint8Array.of(isLowest ? 1 : 0)),
      ]))
      if (!best.isOver) return
      if (best.state !== undefined) await model.restore(best.state.state, best.state.version)
      model.finish()
    }
    const failed = (error: unknown): void => subscriber.error(error)
    kept.then(async () => {
      if (model.is_trained) return
      await look(model.version)
      subscriber.complete()
    }).catch(failed)
    return model.look(every, (version) => look(version).catch(failed), () => subscriber.complete())
  })
}

export const validateOperator = defineOperator({
  name: 'validate',
  summary: 'Takes the loss of a model on held-out rows while it is trained, and ends the training when it no longer falls.',
  config: Config,
  parts: [{ kind: 'loss', description: 'The loss.' }],
  example: 'through: [{ validate: { model: digits, denoising_score_matching: { weight: sigma_squared }, every: 100, patience: 10 } }]',
  reference: 'Prechelt 1998, https://doi.org/10.1007/3-540-49430-8_3',
  build({ model: name, on_invalid, patience, ...rest }, context, parts) {
    const { seed, site: stream, executor, stop } = context
    const model = context.model(name)
    const rule = partOf<Loss>(parts, 'loss')
    const resolved = model.data === undefined ? rule : rule.resolve(model.data)
    return encodedFor(model, context, on_invalid, validate(model, resolved, { ...rest, ...(patience === undefined ? {} : { patience }), seed, stream, executor, stop }))
  },
})

/** The lowest loss so far, and how long ago it was. */
class Best {
  loss = Infinity
  state: { readonly version: number; readonly state: ModelState } | undefined
  readonly #patience: number
  #looks = 0

  constructor(patience: number) {
    this.#patience = patience
  }

  get isOver(): boolean {
    return this.#looks >= this.#patience
  }

  /** Whether this one is the lowest. */
  add(loss: number): boolean {
    const isLowest = loss < this.loss
    this.#looks = isLowest ? 0 : this.#looks + 1
    if (isLowest) this.loss = loss
    return isLowest
  }
}

/** Batches until there are so many rows. */
const firstRows = (most: number): OperatorFunction<RecordBatch, RecordBatch> => (source) => defer(() => {
  let rows = 0
  return source.pipe(takeWhile(({ numRows }) => (rows += numRows) < most, true))
})

/** Rows that the loss is taken of at a time. */
const BLOCK_ROWS = 1000

function blocksOf(batches: readonly RecordBatch[], most: number, stream: string): RecordBatch[] {
  if (batches.length === 0) throw fail('data_empty', { stream })
  const all = concatBatches(batches)
  const count = Math.min(most, all.numRows)
  return Array.from({ length: Math.ceil(count / BLOCK_ROWS) }, (_, i) => all.slice(i * BLOCK_ROWS, Math.min(count, (i + 1) * BLOCK_ROWS)))
}

/** Over all rows: each loss is the mean of its batch. */
function meanOf(losses: readonly RecordBatch[], batches: readonly RecordBatch[]): number {
  const values = losses.flatMap((batch) => [...readFloats(batch, 'loss').values])
  const total = countRows(batches)
  return values.reduce((sum, value, i) => sum + value * ((batches[i] as RecordBatch).numRows / total), 0)
}
