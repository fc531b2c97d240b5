/** What the command says of itself, and of calls that it does not understand. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { makeProgram } from '../../../src/interfaces/cli/program.ts'
import { heatbath, shell } from './command.ts'

const VERBS = makeProgram().commands.map((command) => command.name())

test('help names every verb but hidden ones', async () => {
  const { code, stdout, stderr } = await heatbath(['--help'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const verb of VERBS.filter((name) => name !== 'docs')) expect(stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'))
  expect(stdout).not.toMatch(/^  docs\b/m)
})

test.each(VERBS.filter((name) => !['docs', 'help'].includes(name)))('%s --help has an example', async (verb) => {
  const { code, stdout } = await heatbath([verb, '--help'])
  expect(code).toBe(0)
  expect(stdout).toMatch(new RegExp(`Examples?:\\n(.*\\n)*?.*heatbath ${verb}\\b`))
})

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  expect(await heatbath(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})

test.each([
  [['rnu'], 'unknown command \'rnu\'; did you mean run?', 'heatbath'],
  [['frobnicate'], 'unknown command \'frobnicate\'', 'heatbath'],
  [['run'], 'missing required argument \'file\'', 'heatbath run'],
  [['run', 'a.yaml', '--otu', 'x'], 'unknown option \'--otu\'; did you mean --out?', 'heatbath run'],
  [['run', 'a.yaml', '--limit', 'ten'], 'option \'--limit <rows>\' argument \'ten\' is invalid. It is a whole number from 1.', 'heatbath run'],
  [['run', 'a.yaml', '--port', '70000'], 'option \'--port <port>\' argument \'70000\' is invalid. It is a whole number from 0 to 65535.', 'heatbath run'],
  [['run', 'a.yaml', '--log-format', 'xml'], 'option \'--log-format <format>\' argument \'xml\' is invalid. Allowed choices are text, json.', 'heatbath run'],
  [['list', 'sampler', 'more'], 'too many arguments for \'list\'. Expected 1 argument but got 2.', 'heatbath list'],
  [['runs', 'prune'], 'required option \'--keep <n>\' not specified', 'heatbath runs prune'],
])('%j is refused with 78', async (args, problem, command) => {
  expect(await heatbath(args)).toEqual({ code: 78, stdout: '', stderr: `heatbath: command_invalid: ${problem}\nhint: See \`${command} --help\`.\n` })
})

test('no verb: the help, on stderr', async () => {
  const { code, stdout, stderr } = await heatbath([])
  expect({ code, stdout }).toEqual({ code: 78, stdout: '' })
  expect(stderr).toContain('Usage: heatbath <verb>')
})

test('a reader that leaves early ends it quietly', async () => {
  expect(await shell('heatbath schema | head -1')).toEqual({ code: 0, stdout: '{\n', stderr: '' })
})

test('an error has a stack only for those who look for it', async () => {
  const plain = await heatbath(['describe', 'lagevin'])
  expect(plain).toEqual({ code: 78, stdout: '', stderr: 'heatbath: component_unknown: there is no component lagevin\nhint: did you mean langevin?\n' })
  const debugged = await heatbath(['describe', 'lagevin'], { env: { HEATBATH_DEBUG: '1' } })
  expect(debugged.stderr).toMatch(/^HeatbathError: .*\n {4}at /m)
})
