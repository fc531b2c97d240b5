/** Bundles commands of bench/ into dist/bench/: Node 20 cannot load TypeScript. What they import of src stays outside, as it is built. */
import { build } from 'esbuild'

/** @param {string[]} entryPoints files of one folder */
export const bundle = (entryPoints) => build({
  entryPoints, outdir: 'dist/bench', bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning',
  plugins: [{
    name: 'built',
    setup({ onResolve }) {
      onResolve({ filter: /\/src\/.*\.ts$/ }, ({ path }) => ({ path: path.replace(/^.*\/src\//, '../').replace(/\.ts$/, '.js'), external: true }))
      onResolve({ filter: /^[^./]/ }, ({ path, kind }) => (kind === 'entry-point' ? undefined : { path, external: true }))
    },
  }],
})
