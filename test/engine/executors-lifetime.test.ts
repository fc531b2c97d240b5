/** What executors cost and how they end: memory, the event loop, threads that die. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { binding } from '../../src/engine/binding.ts'
import { compile, defaultExecutor, inlineExecutor, Spec, startEarly, workerExecutor, type Compiled, type Executor, type HostArray, type Input } from '../../src/engine/index.ts'
import { tf, type Tensor } from '../../src/engine/tf.ts'
import { needs } from '../needs.ts'
import { floats } from './numbers.ts'
import { walk, walkFrom } from './walk.ts'

needs('tensorflow')

/** The threads that executors started, so that a test can kill one. */
const threads: Worker[] = []

vi.mock('node:worker_threads', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:worker_threads')>()
  return {
    ...real,
    Worker: class extends real.Worker {
      constructor(...args: ConstructorParameters<typeof real.Worker>) {
        super(...args)
        threads.push(this)
      }
    },
  }
})

const shared = { inline: inlineExecutor(), worker: workerExecutor() }
afterAll(() => Promise.all(Object.values(shared).map((executor) => executor.close())))

test('a worker that is started early is the one that operators use', async () => {
  const before = threads.length
  startEarly()
  startEarly()
  expect(threads).toHaveLength(before + 1)
  const executor = defaultExecutor()
  onTestFinished(() => executor.close())
  expect(threads).toHaveLength(before + 1)
  const doubled = await compile('doubled', new Spec('float32', [2]), (x: Tensor) => tf.mul(x, 2), { executor })
  expect((await doubled.run<HostArray>([floats([2])]))[0]?.data).toEqual(floats([2]).data.map((x) => 2 * x))
})

describe('a worker that ends', () => {
  const started = async (): Promise<{ executor: Executor; thread: Worker }> => {
    const executor = workerExecutor()
    const thread = threads.at(-1) as Worker
    onTestFinished(() => executor.close())
    return { executor, thread }
  }

  test('fails what is under way, and all later calls, with engine_worker_died', async () => {
    const { executor, thread } = await started()
    const program = await compile('walk', walkFrom(0), walk, { executor })
    await program.run([walkFrom(0, 10)])
    const underWay = [program.run([walkFrom(0, 2_000_000)]), program.run([walkFrom(0)]), executor.keep([floats([2])])]
    const ended = Promise.allSettled(underWay)
    await thread.terminate()
    for (const result of await ended) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'engine_worker_died' } })
    await expect(program.run([walkFrom(0)])).rejects.toMatchObject({ code: 'engine_worker_died' })
    executor.release([])
    program.dispose()
  })

  test('by an uncaught error says why', async () => {
    const { executor, thread } = await started()
    const call = executor.keep([floats([2])])
    thread.emit('error', new Error('out of memory')) // what Node emits when a thread fails
    await expect(call).rejects.toMatchObject({ code: 'engine_worker_died', message: expect.stringContaining('out of memory') })
  })

  test('by being closed ends quietly', async () => {
    const { executor } = await started()
    await executor.keep([floats([2])])
    await executor.close()
    await expect(executor.keep([floats([2])])).rejects.toMatchObject({ code: 'engine_worker_died' })
  })
})

/** Tensors and programs that TensorFlow holds, of this thread. */
const held = (): readonly [number, number] => [binding().getNumOfTensors(), binding().getNumOfSavedModels()]

describe('memory', () => {
  const megabytes = (): number => process.memoryUsage().rss / 2 ** 20

  test.each(['inline', 'worker'] as const)('2000 runs leave nothing behind, %s', async (kind) => {
    const program = await compile('walk', walkFrom(0), walk, { executor: shared[kind] })
    const runs = async (n: number): Promise<void> => {
      for (let i = 0; i < n; i++) await program.run([walkFrom(1, 2)])
    }
    await runs(500)
    const [handles, before] = [held(), megabytes()]
    await runs(2000)
    expect(held()).toEqual(handles)
    expect(megabytes() - before).toBeLessThan(40)
    program.dispose()
  })

  test('50 programs, loaded and unloaded, leave nothing behind', async () => {
    const loads = async (n: number): Promise<void> => {
      for (let i = 0; i < n; i++) {
        const program = await compile('walk', walkFrom(0), walk, { executor: shared.inline })
        await program.run([walkFrom(1, 2)])
        program.dispose()
      }
    }
    await loads(5)
    const [handles, before] = [held(), megabytes()]
    await loads(50)
    expect(held()).toEqual(handles)
    expect(megabytes() - before).toBeLessThan(60)
  })

  test('an executor that is closed lets go of programs and arrays', async () => {
    const executor = inlineExecutor()
    const before = held()
    await compile('capture', new Spec('float32', []), (x: Tensor) => tf.mul(x, tf.tidy(() => tf.range(0, 1000))), { executor })
    await executor.keep([floats([10])])
    await executor.close()
    expect(held()).toEqual(before)
  })
})

test('the event loop turns while a worker computes', async () => {
  const program = await compile('walk', walkFrom(0), walk, { executor: shared.worker })
  await program.run([walkFrom(0, 10)])
  let steps = 20_000
  for (;;) {
    let [last, longest, turns] = [performance.now(), 0, 0]
    const begin = last
    const timer = setInterval(() => {
      const now = performance.now()
      longest = Math.max(longest, now - last)
      last = now
      turns++
    }, 2)
    await program.run([walkFrom(0, steps)])
    clearInterval(timer)
    const took = performance.now() - begin
    if (took < 1000) {
      steps *= 4
      continue
    }
    expect(longest).toBeLessThan(took / 4)
    expect(turns).toBeGreaterThan(20)
    break
  }
  program.dispose()
})

test('an input that cannot be posted to a worker fails its call alone', async () => {
  const call = shared.worker.keep([{ ...floats([2]), extra: () => 3 } as Input as HostArray])
  await expect(call).rejects.toThrow(/could not be cloned/)
  expect(await shared.worker.keep([floats([2])])).toHaveLength(1)
})

describe('programs', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void

  /** An executor, and how many programs it was told to let go of. */
  function watched(): { executor: Executor; letGo(): number } {
    let count = 0
    const executor: Executor = {
      ...shared.inline,
      async load(...given) {
        const executable = await shared.inline.load(...given)
        return { ...executable, dispose: () => (count++, executable.dispose()) }
      },
    }
    return { executor, letGo: () => count }
  }

  const turns = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) {
      collect()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  test('that nobody can run any more are let go of, and none that runs or is held', async () => {
    const { executor, letGo } = watched()
    const doubled = (): Promise<Compiled> => compile('doubled', new Spec('float32', [2]), (x: Tensor) => tf.mul(x, 2), { executor })
    const held = await doubled()
    const running = (await doubled()).run<HostArray>([floats([2])]) // by a function that is dropped at once
    for (let i = 0; i < 3; i++) await doubled()
    const [outputs] = [await running, await turns()]
    expect(outputs[0]?.data).toEqual(floats([2]).data.map((x) => 2 * x))
    expect(letGo()).toBe(4)
    expect((await held.run<HostArray>([floats([2])]))[0]?.data).toEqual(outputs[0]?.data)
    held.dispose()
    await turns()
    expect(letGo()).toBe(5)
  })
})
