/** A model file, and ways to spoil it. */
import { geometric } from '../../../src/models/noise/geometric.ts'
import { mlp } from '../../../src/models/nets/mlp.ts'
import { none } from '../../../src/models/preconditioning/none.ts'
import { writeModel } from '../../../src/streams/models/model-file.ts'
import { Model } from '../../../src/streams/model.ts'

const spec = (width: number) => ({ dim: 2, variables: [{ name: 'x0' }, { name: 'x1' }], net: mlp({ width, layers: 1 }), noise: geometric({ largest: 2, smallest: 0.2, levels: 3 }), preconditioning: none({}) })

export const modelFile = async (width = 8): Promise<Buffer> => Buffer.concat(await writeModel(Model.create('m', spec(width) as never, 1)))

/** The file with its description changed. */
export async function described(change: (description: Record<string, never>) => void): Promise<Buffer> {
  const bytes = await modelFile()
  const length = Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as { __metadata__: { heatbath: string } }
  const description = JSON.parse(header.__metadata__.heatbath) as Record<string, never>
  change(description)
  header.__metadata__.heatbath = JSON.stringify(description)
  const text = JSON.stringify(header)
  const start = Buffer.alloc(8 + Math.ceil(Buffer.byteLength(text) / 8) * 8, ' ')
  start.writeBigUInt64LE(BigInt(start.length - 8))
  start.write(text, 8)
  return Buffer.concat([start, bytes.subarray(8 + length)])
}
