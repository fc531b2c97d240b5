/**
 * npm, pip and g++ as far as set-up uses them: node imitation.mjs PROGRAM WORDS, in the place that
 * WORLD and ROOT name (world.ts).
 */
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const { WORLD = '', ROOT = '' } = process.env
const [program = '', ...words] = process.argv.slice(2)
const after = (/** @type {string} */ word) => words[words.indexOf(word) + 1] ?? ''

if (words.includes('--version')) {
  console.log(`${program} 1.0`)
} else if (program === 'npm' && words[0] === 'ci') {
  await stage('npm-ci')
  const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'))
  const placed = Object.entries(packages).filter(([place, { os, libc, left_out }]) => place !== '' && !os && !libc && !left_out)
  for (const [place] of placed) {
    mkdirSync(path.join(ROOT, place), { recursive: true })
    writeFileSync(path.join(ROOT, place, 'package.json'), '{}')
  }
  writeFileSync(path.join(ROOT, 'node_modules/.package-lock.json'), JSON.stringify({ packages: Object.fromEntries(placed) }))
} else if (program === 'npm') {
  await stage('npm-pack')
  for (const name of readdirSync(path.join(WORLD, 'tarballs'))) {
    copyFileSync(path.join(WORLD, 'tarballs', name), path.join(after('--pack-destination'), name))
  }
} else if (program === 'python3') {
  await stage('pip')
  if (words.includes('install')) placeCuda(path.join(after('--target'), 'nvidia'))
  else copyFileSync(path.join(WORLD, 'made.whl'), path.join(after('-d'), 'made.whl'))
} else {
  await stage(words.includes('-c') ? 'compile' : 'link')
  writeFileSync(after('-o'), 'built')
}

/** @param {string} folder */
function placeCuda(folder) {
  mkdirSync(folder)
  writeFileSync(path.join(folder, 'solver.so'), 'solver')
}

/** @param {string} name */
async function stage(name) {
  appendFileSync(path.join(WORLD, 'calls'), `${name} ${words.join(' ')}\n`)
  const file = path.join(WORLD, 'stages', name)
  const deed = existsSync(file) ? readFileSync(file, 'utf8') : ''
  if (deed === 'kill') process.kill(process.ppid, 'SIGKILL')
  if (deed === 'wait') await new Promise((resolve) => setTimeout(resolve, 400))
  if (deed === 'full') console.error('write error: No space left on device')
  if (deed === 'fail') console.error('it did not please me')
  if (deed === 'full' || deed === 'fail' || deed === 'kill') process.exit(1)
}
