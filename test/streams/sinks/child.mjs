/** Writes into sinks until it is killed: `node child.mjs FOLDER`. Says so when each has written for a while. */
import { arrowFile } from '../../../dist/streams/sinks/arrow-file.js'
import { imageGrid } from '../../../dist/streams/sinks/image-grid.js'
import { parquet } from '../../../dist/streams/sinks/parquet.js'
import { particlesSchema, variableField } from '../../../dist/streams/arrow/schemas.js'
import { boolColumn, float32Column, listColumn, nullColumn, recordBatch, uint32Column, uint64Column } from '../../../dist/streams/arrow/columns.js'
import { Bool, Float32, Uint16 } from 'apache-arrow'

const CHAINS = 100
const schema = particlesSchema([variableField({ name: 'x', shape: [4, 4] })], {})
const context = { folder: process.argv[2] ?? '', name: 'samples', origin: {} }
const writers = await Promise.all([
  parquet({ path: 'one.parquet', row_group_rows: 1000 }).open(schema, context),
  parquet({ path: 'many', rows_per_file: 5000, row_group_rows: 1000 }).open(schema, context),
  arrowFile({ path: 'samples.arrows' }).open(schema, context),
  imageGrid({ path: 'images.png', every: 10 }).open(schema, context),
])
for (let step = 1; ; step++) {
  const floats = float32Column(new Float32Array(CHAINS).fill(step))
  const batch = recordBatch(schema, CHAINS, [
    uint64Column(new BigUint64Array(CHAINS).fill(BigInt(step))), uint32Column(Uint32Array.from({ length: CHAINS }, (_, i) => i)), nullColumn(new Uint16(), CHAINS), floats,
    listColumn(new Float32Array(CHAINS * 16), 16), nullColumn(new Float32(), CHAINS), floats, nullColumn(new Bool(), CHAINS), boolColumn(new Uint8Array(CHAINS)),
  ])
  for (const writer of writers) await writer.write(batch)
  if (step === 200) process.stdout.write('writing\n')
}
