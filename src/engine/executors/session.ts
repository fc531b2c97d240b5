/**
 * The one place that talks to TensorFlow: loads programs, runs them, keeps arrays.
 *
 * Synchronous: both executors are made of it, one on the caller's thread, one in a worker. It works on
 * TensorFlow's own handles: tensors of tfjs around them would cost a short call more than the call.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fail } from '../../errors.ts'
import { describe, HostArray, sameShape, type ArraySpec } from '../array.ts'
import { binding, dtypeNumber, dtypeOfNumber, type Binding } from '../binding.ts'
import type { Program } from '../graph/program.ts'
import { OPS } from '../graph/ops.ts'
import { captureName, inputName, joinedName, outputName, savedModel } from '../graph/saved-model.ts'
import { DeviceArray, isHost, type Input, type Layout, type Want } from './contract.ts'

interface Entry {
  readonly program: Program
  readonly lanes: number
  readonly model: number
  /** Handles. */
  readonly captures: readonly number[]
  /** Their names: those of the lanes' inputs, then those of the captures. */
  readonly inputs: string
  /** By what is wanted. */
  readonly fetches: Map<string, Fetch>
}

/** What a call fetches. */
interface Fetch {
  readonly names: string
  /** What is to become of each. */
  readonly wants: readonly Want[]
  /** For each lane and output of the program, which of them it is: a joined one is that of all lanes. */
  readonly rows: readonly (readonly number[])[]
}

/** A tensor of TensorFlow's. */
interface Held extends ArraySpec {
  readonly handle: number
}

export class Session {
  readonly #programs = new Map<number, Entry>()
  readonly #arrays = new Map<number, Held>()
  #next = 0

  load(program: Program, layout: Layout): number {
    checkOps(program)
    const lanes = Array.from({ length: layout.lanes }, (_, lane) => lane)
    const id = this.#next++
    this.#programs.set(id, {
      program,
      lanes: layout.lanes,
      model: loadModel(savedModel(program, layout, binding().isUsingGpuDevice() ? 'GPU' : 'CPU')),
      captures: program.captures.map(upload),
      inputs: [
        ...lanes.flatMap((lane) => program.inputs.map((_, i) => inputName(lane, i))),
        ...program.captures.map((_, i) => captureName(i)),
      ].join(),
      fetches: new Map(),
    })
    return id
  }

  run(id: number, inputs: readonly (readonly Input[])[], want: readonly Want[]): (HostArray | DeviceArray)[][] {
    const entry = this.#programs.get(id)
    if (entry === undefined) throw new RangeError(`no program ${id}`)
    checkInputs(entry, inputs)
    const flat = inputs.flat()
    const kept = flat.map((input) => (isHost(input) ? undefined : this.#array(input).handle))
    const uploaded: number[] = []
    try {
      const handles = flat.map((input, i) => kept[i] ?? added(uploaded, upload(input as HostArray)))
      const { names, wants, rows } = fetchOf(entry, want)
      const outputs = binding().runSavedModel(entry.model, [...handles, ...entry.captures], entry.inputs, names)
      const results = outputs.map((output, i) => this.#result(held(output), wants[i] as Want))
      return rows.map((row) => row.map((index) => results[index] as HostArray | DeviceArray))
    } catch (error) {
      throw fail('engine_run_failed', { program: entry.program.name, reason: firstLines((error as Error).message) }, error)
    } finally {
      uploaded.forEach(free)
    }
  }

  unload(id: number): void {
    const entry = this.#programs.get(id)
    if (entry === undefined) return
    binding().deleteSavedModel(entry.model)
    entry.captures.forEach(free)
    this.#programs.delete(id)
  }

  keep(arrays: readonly HostArray[]): DeviceArray[] {
    return arrays.map((array) => this.#keep({ dtype: array.dtype, shape: array.shape, handle: upload(array) }))
  }

  read(arrays: readonly DeviceArray[]): HostArray[] {
    return arrays.map((array) => download(this.#array(array)))
  }

  release(arrays: readonly DeviceArray[]): void {
    for (const { id } of arrays) {
      const array = this.#arrays.get(id)
      if (array !== undefined) free(array.handle)
      this.#arrays.delete(id)
    }
  }

  close(): void {
    for (const id of [...this.#programs.keys()]) this.unload(id)
    for (const { handle } of this.#arrays.values()) free(handle)
    this.#arrays.clear()
  }

  #result(output: Held, want: Want): HostArray | DeviceArray {
    if (want === 'keep') return this.#keep(output)
    const array = download(output)
    free(output.handle)
    return array
  }

  #keep(array: Held): DeviceArray {
    const id = this.#next++
    this.#arrays.set(id, array)
    return new DeviceArray(id, array)
  }

  #array({ id }: DeviceArray): Held {
    const array = this.#arrays.get(id)
    if (array === undefined) throw new RangeError(`array ${id} was released`)
    return array
  }
}

function fetchOf({ lanes, fetches }: Entry, want: readonly Want[]): Fetch {
  const key = want.join()
  let fetch = fetches.get(key)
  if (fetch === undefined) {
    const wants = new Map<string, Want>()
    const names = Array.from({ length: lanes }, (_, lane) => want.map((wanted, i) => {
      const name = wanted === 'join' ? joinedName(i) : outputName(lane, i)
      wants.set(name, wanted)
      return name
    }))
    const order = [...wants.keys()]
    fetches.set(key, (fetch = { names: order.join(), wants: [...wants.values()], rows: names.map((row) => row.map((name) => order.indexOf(name))) }))
  }
  return fetch
}

type Output = ReturnType<Binding['runSavedModel']>[number]

function held({ id, shape, dtype }: Output): Held {
  const name = dtypeOfNumber(dtype)
  if (name === undefined) throw new TypeError(`a program returned TensorFlow's dtype ${dtype}`)
  return { handle: id, shape, dtype: name }
}

const upload = ({ data, shape, dtype }: HostArray): number => binding().createTensor(shape, dtypeNumber(dtype), data)

const download = ({ handle, shape, dtype }: Held): HostArray => new HostArray(dtype, shape, binding().tensorDataSync(handle) as never)

const free = (handle: number): void => binding().deleteTensor(handle)

function added<T>(list: T[], item: T): T {
  list.push(item)
  return item
}

/** TensorFlow loads models from folders only; nothing is read after loading. */
function loadModel(bytes: Uint8Array): number {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'heatbath-'))
  try {
    writeFileSync(path.join(folder, 'saved_model.pb'), bytes)
    return binding().loadSavedModel(folder, 'serve')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
/** A program may come from another process: only the ops of the table run here. */
function checkOps(program: Program): void {
  for (const f of program.functions) {
    for (const { op } of f.nodes) if (!(op in OPS)) throw fail('engine_unknown_op', { op, place: program.name })
  }
}

/** Before TensorFlow sees them: its own failures leak what went in. */
function checkInputs({ program, lanes }: Entry, inputs: readonly (readonly Input[])[]): void {
  const refuse = (reason: string): never => {
    throw fail('engine_run_failed', { program: program.name, reason })
  }
  if (inputs.length !== lanes) refuse(`it has ${lanes} lanes and got inputs for ${inputs.length}`)
  for (const row of inputs) {
    if (row.length !== program.inputs.length) refuse(`it takes ${program.inputs.length} arrays and got ${row.length}`)
    program.inputs.forEach((spec, i) => {
      const input = row[i] as Input
      if (input.dtype !== spec.dtype || !sameShape(input.shape, spec.shape)) refuse(`input ${i} is ${describe(input)}, not ${describe(spec)}`)
    })
  }
}

const firstLines = (text: string): string => text.split('\n').slice(0, 3).join(' ')

