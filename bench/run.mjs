// Bundles the benchmarks (Node 20 cannot load TypeScript) and runs them against src as it is built.
import { build } from 'esbuild'
import { spawnSync } from 'node:child_process'

await build({
  entryPoints: ['bench/main.ts', 'bench/one.ts'], outdir: 'dist/bench', bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning',
  plugins: [{
    name: 'built',
    setup({ onResolve }) {
      onResolve({ filter: /\/src\/.*\.ts$/ }, ({ path }) => ({ path: path.replace(/^.*\/src\//, '../').replace(/\.ts$/, '.js'), external: true }))
      onResolve({ filter: /^[^./]/ }, ({ path, kind }) => (kind === 'entry-point' ? undefined : { path, external: true }))
    },
  }],
})
process.exitCode = spawnSync(process.execPath, ['dist/bench/main.js', ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1
