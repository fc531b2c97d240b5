/**
 * The one place that talks to TensorFlow: loads programs, runs them, keeps arrays.
 *
 * Synchronous: both executors are made of it, one on the caller's thread, one in a worker.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fail } from '../../errors.ts'
import { describe, HostArray, sameShape } from '../array.ts'
import { backend, dtypeOf } from '../backend.ts'
import type { Program } from '../graph/program.ts'
import { OPS } from '../graph/ops.ts'
import { captureName, inputName, joinedName, outputName, savedModel } from '../graph/saved-model.ts'
import { tf, type Tensor } from '../tf.ts'
import { DeviceArray, isHost, type Input, type Layout, type Want } from './contract.ts'

interface Entry {
  readonly program: Program
  readonly lanes: number
  readonly model: number
  readonly captures: readonly Tensor[]
  readonly inputs: { name: string }[]
}

export class Session {
  readonly #programs = new Map<number, Entry>()
  readonly #arrays = new Map<number, Tensor>()
  #next = 0

  load(program: Program, layout: Layout): number {
    checkOps(program)
    const lanes = Array.from({ length: layout.lanes }, (_, lane) => lane)
    const id = this.#next++
    this.#programs.set(id, {
      program,
      lanes: layout.lanes,
      model: loadModel(savedModel(program, layout, backend().isUsingGpuDevice ? 'GPU' : 'CPU')),
      captures: program.captures.map(upload),
      inputs: [
        ...lanes.flatMap((lane) => program.inputs.map((_, i) => ({ name: inputName(lane, i) }))),
        ...program.captures.map((_, i) => ({ name: captureName(i) })),
      ],
    })
    return id
  }

  run(id: number, inputs: readonly (readonly Input[])[], want: readonly Want[]): (HostArray | DeviceArray)[][] {
    const entry = this.#programs.get(id)
    if (entry === undefined) throw new RangeError(`no program ${id}`)
    checkInputs(entry, inputs)
    const uploaded: Tensor[] = []
    const tensors = inputs.flat().map((input) => {
      if (!isHost(input)) return this.#array(input)
      const tensor = upload(input)
      uploaded.push(tensor)
      return tensor
    })
    try {
      const rows = inputs.map((_, lane) => want.map((wanted, i) => (wanted === 'join' ? joinedName(i) : outputName(lane, i))))
      const names = [...new Set(rows.flat())]
      const outputs = backend().runSavedModel(entry.model, [...tensors, ...entry.captures], entry.inputs, names)
      const wanted = new Map(rows.flatMap((row) => row.map((name, i) => [name, want[i] as Want] as const)))
      const results = new Map(names.map((name, i) => [name, this.#result(outputs[i] as Tensor, wanted.get(name) as Want)]))
      return rows.map((row) => row.map((name) => results.get(name) as HostArray | DeviceArray))
    } catch (error) {
      throw fail('engine_run_failed', { program: entry.program.name, reason: firstLines((error as Error).message) }, error)
    } finally {
      uploaded.forEach((t) => t.dispose())
    }
  }

  unload(id: number): void {
    const entry = this.#programs.get(id)
    if (entry === undefined) return
    backend().deleteSavedModel(entry.model)
    entry.captures.forEach((t) => t.dispose())
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
      this.#arrays.get(id)?.dispose()
      this.#arrays.delete(id)
    }
  }

  close(): void {
    for (const id of [...this.#programs.keys()]) this.unload(id)
    for (const tensor of this.#arrays.values()) tensor.dispose()
    this.#arrays.clear()
  }

  #result(tensor: Tensor, want: Want): HostArray | DeviceArray {
    if (want === 'keep') return this.#keep(tensor)
    const array = download(tensor)
    tensor.dispose()
    return array
  }

  #keep(tensor: Tensor): DeviceArray {
    const id = this.#next++
    this.#arrays.set(id, tensor)
    return new DeviceArray(id, { dtype: dtypeOf(tensor), shape: tensor.shape })
  }

  #array({ id }: DeviceArray): Tensor {
    const tensor = this.#arrays.get(id)
    if (tensor === undefined) throw new RangeError(`array ${id} was released`)
    return tensor
  }
}

const upload = ({ data, shape, dtype }: HostArray): Tensor => tf.tensor(data, [...shape], dtype)

const download = (t: Tensor): HostArray => new HostArray(dtypeOf(t), t.shape, t.dataSync() as never)

/** TensorFlow loads models from folders only; nothing is read after loading. */
function loadModel(bytes: Uint8Array): number {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'heatbath-'))
  try {
    writeFileSync(path.join(folder, 'saved_model.pb'), bytes)
    return backend().loadSavedModelMetaGraph(folder, 'serve')
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

