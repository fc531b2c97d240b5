/** The graph of a pipeline. */
import { expect, test } from 'vitest'
import { graph, type PipelineGraph } from '../../src/pipelines/graph.ts'
import { lint } from '../../src/pipelines/lint.ts'

async function graphOf(text: string): Promise<PipelineGraph> {
  const { declaration, issues } = await lint(text)
  if (declaration === undefined) throw new Error(issues.map(({ message }) => message).join('\n'))
  return graph(declaration)
}

const MODELS = `models:
  a: { net: mlp, noise: { geometric: { largest: 4, smallest: 0.1, levels: 4 } } }
  b: { net: mlp, noise: { geometric: { largest: 4, smallest: 0.1, levels: 4 } }, precondition: edm }
`
const train = (model: string, between = ''): string =>
  `[{ perturb: { model: ${model} } }, ${between}{ loss: { model: ${model}, denoising_score_matching: {} } }, { optimize: { model: ${model}, adam: {} } }]`

test('phases, models, streams and outputs', async () => {
  const found = await graphOf(`name: g
${MODELS}
streams:
  training_a: { source: { two_moons: { rows: 100 } }, through: ${train('a')} }
  training_b: { source: { two_moons: { rows: 100 } }, through: ${train('b')} }
  samples: { sample: { model: b, sampler: annealed_langevin, chains: 10 } }
  thinned: { from: samples, through: [{ thin: { every: 2 } }] }
  idle: { source: { two_moons: {} } }
outputs:
  - { from: thinned, arrow_file: { path: t.arrows } }
  - { model: b, safetensors: { path: b.safetensors } }
`)
  expect(found.phases).toEqual([
    { streams: ['training_a', 'training_b'], trains: ['a', 'b'] },
    { streams: ['samples', 'thinned'], trains: [] },
  ])
  expect(found.streams.map(({ name, phases }) => [name, phases])).toEqual([['training_a', [1]], ['training_b', [1]], ['samples', [2]], ['thinned', [2]], ['idle', []]])
  expect(found.models).toEqual([
    { name: 'a', made: { net: 'mlp', noise: 'geometric', precondition: 'none', encoding: 'values' }, trained_by: 'training_a' },
    { name: 'b', made: { net: 'mlp', noise: 'geometric', precondition: 'edm', encoding: 'values' }, trained_by: 'training_b' },
  ])
  expect(found.streams[2]?.sample).toMatchObject({ name: 'sample', model: 'b', parts: { sampler: 'annealed_langevin' }, chains: 10, loop: 1 })
  expect(found.streams[3]).toMatchObject({ from: 'samples', through: [{ name: 'thin', reads: [] }] })
  expect(found.outputs).toEqual([{ stream: 'thinned', sink: 'arrow_file', path: 't.arrows' }, { model: 'b', sink: 'safetensors', path: 'b.safetensors' }])
})

test.each([
  ['neighbours of one model are one loop', train('a'), [1, 1, 1]],
  ['an operator between them splits it', train('a', '{ thin: { every: 1 } }, '), [1, undefined, 2, 2]],
])('%s', async (_, through, loops) => {
  const found = await graphOf(`name: g\n${MODELS}\nstreams:\n  t: { source: { two_moons: { rows: 100 } }, through: ${through} }\n`)
  expect(found.streams[0]?.through.map(({ loop }) => loop)).toEqual(loops)
})
