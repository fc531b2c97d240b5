/**
 * A scratch copy of set-up in a world of its own: a recipe of a few kilobytes, a PATH that holds
 * nothing but imitations of npm, pip and g++, and a cache.
 *
 * Each imitation writes a line to `calls` and obeys the file named after its stage (npm-ci,
 * npm-pack, pip, compile, link), should there be one: `kill` kills the set-up, `full` fails as on a
 * full disk, `fail` just fails, `wait` takes a while.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { Recipe } from '../../src/setup/recipe.mjs'
import { integrity, sha256, tarball, wheel } from './archives.ts'

const HERE = import.meta.dirname
const SOURCE = path.join(HERE, '../../src/setup')

export interface Machine {
  readonly platform: string
  readonly arch: string
  readonly glibc?: string
  readonly has_gpu?: boolean
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly words: string
}

export const LINUX: Machine = { platform: 'linux', arch: 'x64', glibc: '2.39' }

export const WHEEL_FILES = {
  'tensorflow/liba.so.2': 'a'.repeat(100_000),
  'tensorflow/include/tensorflow/c/c_api.h': '// header',
}

const TFJS_NODE = `
const tfjs = require('@tensorflow/tfjs')
const addon = require('fs').readFileSync(require('@mapbox/node-pre-gyp').find(), 'utf8')
if (!addon.startsWith('built')) throw new Error('addon is ' + addon)
module.exports = { ...tfjs, getBackend: () => 'tensorflow' }
`

export class World {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'heatbath-setup-'))
  readonly root = path.join(this.folder, 'checkout')
  readonly bin = path.join(this.folder, 'bin')
  readonly cache = path.join(this.folder, 'cache/heatbath')
  readonly wheelFile = path.join(this.folder, 'made.whl')
  recipe: Recipe

  constructor({ isCheckout = false, wheelBytes = wheel(WHEEL_FILES) } = {}) {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }))
    for (const folder of [this.bin, path.join(this.folder, 'stages'), path.join(this.folder, 'tarballs')]) mkdirSync(folder)
    cpSync(SOURCE, path.join(this.root, 'src/setup'), { recursive: true })
    writeFileSync(path.join(this.root, 'package.json'), '{ "name": "heatbath", "type": "module" }')
    this.write('node_modules/@tensorflow/tfjs/index.js',
      'module.exports = { ones: () => 1, matMul: () => ({ dataSync: () => [2] }), getBackend: () => "cpu" }')
    if (isCheckout) this.lock({ 'node_modules/left': { version: '1.0.0' } })

    writeFileSync(this.wheelFile, wheelBytes)
    const packages = {
      '@tensorflow/tfjs-node-gpu': tarball({ 'package.json': '{ "main": "index.js" }', 'index.js': TFJS_NODE, 'binding/a.cc': '// source' }),
      'node-api-headers': tarball({ 'package.json': '{}', 'include/node_api.h': '// header' }),
    }
    for (const [name, bytes] of Object.entries(packages)) {
      writeFileSync(path.join(this.folder, 'tarballs', `${name.replace('/', '-')}.tgz`), bytes)
    }
    this.recipe = {
      tensorflow: '9.9.9',
      glibc: '2.27',
      wheels: { 'linux-x64-cpu': { name: 'made-tensorflow', tag: 'manylinux', sha256: sha256(wheelBytes), space_mb: 1 } },
      libraries: { linux: ['liba.so.2'] },
      headers: ['tensorflow/c/c_api.h'],
      cuda: [],
      links: {},
      packages: Object.fromEntries(Object.entries(packages).map(([name, bytes]) => [name, { version: '1.0.0', integrity: integrity(bytes) }])),
      shims: {
        '@tensorflow/tfjs': `module.exports = globalThis[Symbol.for('heatbath.tfjs')]`,
        '@mapbox/node-pre-gyp': `exports.find = () => require('path').resolve(__dirname, '../../../lib/tfjs_binding.node')`,
      },
      quiet: '',
    sources: ['binding/a.cc'],
      compile: [],
      link: { linux: ['-shared'] },
    }

    symlinkSync(process.execPath, path.join(this.bin, 'node'))
    for (const name of ['npm', 'python3', 'g++']) {
      const script = `#!/bin/sh\nWORLD='${this.folder}' ROOT='${this.root}' exec '${process.execPath}' '${path.join(HERE, 'imitation.mjs')}' ${name} "$@"\n`
      writeFileSync(path.join(this.bin, name), script, { mode: 0o755 })
    }
  }

  /** Takes a program away. */
  without(name: string): this {
    rmSync(path.join(this.bin, name))
    return this
  }

  /** What an imitation does at a stage, once or always. */
  at(stage: string, deed: 'kill' | 'full' | 'fail' | 'wait'): this {
    writeFileSync(path.join(this.folder, 'stages', stage), deed)
    return this
  }

  calm(): this {
    rmSync(path.join(this.folder, 'stages'), { recursive: true })
    mkdirSync(path.join(this.folder, 'stages'))
    return this
  }

  write(name: string, content: string): void {
    const file = path.join(this.root, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, content)
  }

  lock(packages: Record<string, unknown>): void {
    this.write('package-lock.json', JSON.stringify({ packages: { '': {}, ...packages } }))
  }

  /** The lines of what was called so far that begin with `beginning`. */
  calls(beginning = ''): string[] {
    const file = path.join(this.folder, 'calls')
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => line !== '' && line.startsWith(beginning)) : []
  }

  start(machine: Machine = LINUX, env: NodeJS.ProcessEnv = {}): { child: ChildProcess; ended: Promise<Ended> } {
    const world = JSON.stringify({ root: this.root, machine, recipe: this.recipe })
    const child = spawn(process.execPath, [path.join(HERE, 'drive.mjs'), path.join(this.root, 'src/setup/main.mjs'), world], {
      env: { PATH: this.bin, HOME: this.folder, XDG_CACHE_HOME: path.join(this.folder, 'cache'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let words = ''
    let printed = ''
    child.stderr.on('data', (bytes) => { words += bytes })
    child.stdout.on('data', (bytes) => { printed += bytes })
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal, words: printed === '' ? words : `on stdout: ${printed}` }))
    })
    return { child, ended }
  }

  run(machine?: Machine, env?: NodeJS.ProcessEnv): Promise<Ended> {
    return this.start(machine, env).ended
  }
}
