/** Rows of a stream as coordinates of a model, and which of them are whole. */
import type { Model } from '../../model.ts'
import type { FittedEncoding } from '../../encodings/contract.ts'
import { encodingOf } from '../sample/start-rows.ts'

/** The model's encoding; its variables as columns of their names, where it has none. */
export const encodingFor = ({ encoding, spec }: Model): FittedEncoding => encoding ?? encodingOf(spec.variables)

/** 1 for each row whose coordinates are all finite. */
export function finiteRows(coordinates: Float32Array, dim: number): Uint8Array {
  return Uint8Array.from({ length: coordinates.length / dim }, (_, row) => {
    for (let at = row * dim; at < (row + 1) * dim; at++) if (!Number.isFinite(coordinates[at])) return 0
    return 1
  })
}
