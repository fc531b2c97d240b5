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
import { binding, dtypeNumber, dtypeOfNumber, type TfTensor } from '../binding.ts'
import type { Program } from '../graph/program.ts'
import { OPS } from '../graph/ops.ts'
import { Memo } from '../memo.ts'
import { inputNames, outputName, savedModel } from '../graph/saved-model.ts'
import { DeviceArray, isHost, type Input, type Layout, type Want } from './contract.ts'

interface Entry {
  readonly program: Program
  readonly layout: Layout
  readonly model: number
  readonly captures: readonly Held[]
  /** Names of the inputs and captures. */
  readonly inputs: string
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
    const id = this.#next++
    this.#programs.set(id, {
      program,
      layout,
      model: loadModel(savedModel(program, layout, binding().isUsingGpuDevice() ? 'GPU' : 'CPU')),
      captures: program.captures.map(upload),
      inputs: inputNames(program, layout).join(),
    })
    return id
  }

  run(id: number, inputs: readonly (readonly Input[])[], want: readonly Want[]): (HostArray | DeviceArray)[][] {
    const entry = this.#programs.get(id)
    if (entry === undefined) throw new RangeError(`no program ${id}`)
    checkInputs(entry, inputs)
    const arrays = inputs.flat().map((input) => (isHost(input) ? input : this.#array(input)))
    const uploaded: Held[] = []
    try {
      const fed = arrays.map((array) => {
        if ('handle' in array) return array
        const tensor = upload(array)
        uploaded.push(tensor)
        return tensor
      })
      const { names, wants, rows } = fetches.get([entry], want.join(), () => fetchOf(entry, want))
      const outputs = binding().runSavedModel(entry.model, [...fed, ...entry.captures].map(({ handle }) => handle), entry.inputs, names)
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
    return arrays.map((array) => this.#keep(upload(array)))
  }

  read(arrays: readonly DeviceArray[]): HostArray[] {
    return arrays.map((array) => download(this.#array(array)))
  }

  release(arrays: readonly DeviceArray[]): void {
    for (const { id } of arrays) {
      const array = this.#arrays.get(id)
      if (array !== undefined) free(array)
      this.#arrays.delete(id)
    }
  }

  close(): void {
    for (const id of [...this.#programs.keys()]) this.unload(id)
    for (const array of this.#arrays.values()) free(array)
    this.#arrays.clear()
  }

  #result(output: Held, want: Want): HostArray | DeviceArray {
    if (want === 'keep') return this.#keep(output)
    const array = download(output)
    free(output)
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

/** By what is wanted of a program. */
const fetches = new Memo<Fetch>()

function fetchOf({ program, layout }: Entry, want: readonly Want[]): Fetch {
  const wants = new Map<string, Want>()
  const rows = Array.from({ length: layout.lanes }, (_, lane) => want.map((wanted, i) => {
    const name = outputName(program, layout, wanted === 'join' ? 'joined' : lane, i)
    wants.set(name, wanted)
    return name
  }))
  const names = [...wants.keys()]
  return { names: names.join(), wants: [...wants.values()], rows: rows.map((row) => row.map((name) => names.indexOf(name))) }
}

function held({ id, shape, dtype }: TfTensor): Held {
  const name = dtypeOfNumber(dtype)
  if (name === undefined) throw new TypeError(`a program returned TensorFlow's dtype ${dtype}`)
  return { handle: id, shape, dtype: name }
}

const upload = ({ data, shape, dtype }: HostArray): Held => ({ handle: binding().createTensor(shape, dtypeNumber(dtype), data), shape, dtype })

const download = ({ handle, shape, dtype }: Held): HostArray => new HostArray(dtype, shape, binding().tensorDataSync(handle) as never)

const free = ({ handle }: Held): void => binding().deleteTensor(handle)

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
function checkInputs({ program, layout: { lanes } }: Entry, inputs: readonly (readonly Input[])[]): void {
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

