/**
 * Samples a model while it is trained: anew from what it is after every so many updates.
 *
 * Training waits while a snapshot is sampled, so that the same declaration gives the same particles.
 * Steps count on from snapshot to snapshot: the first ends where the second begins. A column
 * `version` says how many updates the model had. Ends when the training does.
 */
import { Field, Schema, Uint64, type RecordBatch } from 'apache-arrow'
import { Observable } from 'rxjs'
import { uint64Column, recordBatch } from '../../arrow/columns.ts'
import { gated, gatesInForce } from '../../gates.ts'
import type { Model } from '../../model.ts'

/** `draw` gives the particles of a snapshot, of which `steps` is the number of the last step. */
export function follow(model: Model, every: number, steps: number, draw: (snapshot: Model) => Observable<RecordBatch>): Observable<RecordBatch> {
  return new Observable((subscriber) => {
    const gates = gatesInForce()
    const look = async (version: number): Promise<void> => {
      const snapshot = await model.snapshot()
      const before = (version / every - 1) * steps
      await new Promise<void>((resolve) => {
        subscriber.add(resolve)
        subscriber.add(gated(gates, draw(snapshot)).subscribe({
          next: (batch) => subscriber.next(dated(batch, before, version)),
          error: (error: unknown) => subscriber.error(error),
          complete: resolve,
        }))
      })
      snapshot.dispose()
    }
    return model.look(every, look, () => subscriber.complete())
  })
}

/** A batch whose steps begin after `before`, with the version of its model. */
function dated(batch: RecordBatch, before: number, version: number): RecordBatch {
  const { schema, numRows, data } = batch
  const steps = (data.children[0]?.values as BigUint64Array).map((step) => step + BigInt(before))
  return recordBatch(datedSchema(schema), numRows, [uint64Column(steps), ...data.children.slice(1), uint64Column(new BigUint64Array(numRows).fill(BigInt(version)))])
}

const DATED = new WeakMap<Schema, Schema>()

/** The same one for all batches of a schema. */
function datedSchema(schema: Schema): Schema {
  const known = DATED.get(schema) ?? new Schema([...schema.fields, new Field('version', new Uint64(), false)], schema.metadata)
  DATED.set(schema, known)
  return known
}
