/** The built command, run as a child process in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '../../..')
export const MAIN = path.join(ROOT, 'dist/interfaces/cli/main.js')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CallOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Sees what is written to stderr, as it comes. */
  readonly onStderr?: (text: string, child: ChildProcess) => void
}

/** Without TensorFlow, which these tests do not need and which takes a second to load. */
const EAGER = { HEATBATH_BACKEND: 'eager', HEATBATH_DEBUG: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined }

export const heatbath = (args: readonly string[], options: CallOptions = {}): Promise<Ended> => call(process.execPath, [MAIN, ...args], options)

/** A line of bash, in which `heatbath` is the command. */
export const shell = (line: string, options: CallOptions = {}): Promise<Ended> =>
  call('bash', ['-c', `set -o pipefail; heatbath() { '${process.execPath}' '${MAIN}' "$@"; }; ${line}`], options)

function call(program: string, args: readonly string[], { cwd = ROOT, env = {}, onStderr = () => undefined }: CallOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...EAGER, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
      onStderr(stderr, child)
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** A temporary folder with files, gone after the test. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'heatbath-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text)
  return folder
}

/** 100 particles in a double well, for as many steps as are wanted. */
export const wells = (steps = 20): string => `name: wells
seed: 1
streams:
  particles:
    sample:
      energy: { double_well: { dim: 2 } }
      sampler: { langevin: { step_size: 0.01 } }
      chains: 100
      steps: ${steps}
outputs:
  - { from: particles, arrow_file: { path: particles.arrows } }
`

/** The summary of a run: the last line of what it wrote to stdout. */
export const summaryOf = ({ stdout }: Ended): { readonly status: string; readonly folder: string; readonly run_id: string; readonly streams: Record<string, { rows: number }>; readonly error?: { code?: string; message: string } } =>
  JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as never
