/** Clients in the Python of HEATBATH_TEST_PYTHON, which print JSON lines. */
import { spawn, type ChildProcess } from 'node:child_process'

export type Line = Readonly<Record<string, unknown>>

export interface PythonRun {
  /** What it printed so far. */
  readonly lines: Line[]
  readonly exit: Promise<number | null>
  readonly child: ChildProcess
}

export function pythonLines(script: string, ...args: readonly string[]): PythonRun {
  const child = spawn(process.env.HEATBATH_TEST_PYTHON as string, ['-c', script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines: Line[] = []
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    const parts = (text + data).split('\n')
    text = parts.pop() as string
    lines.push(...parts.map((line) => JSON.parse(line) as Line))
  })
  return { lines, child, exit: new Promise((resolve) => child.on('close', resolve)) }
}

/** What a script printed last. */
export async function python(script: string, ...args: readonly string[]): Promise<unknown> {
  const { lines, exit } = pythonLines(script, ...args)
  const code = await exit
  if (code !== 0) throw new Error(`the script ended with ${code}`)
  return lines.at(-1)
}
