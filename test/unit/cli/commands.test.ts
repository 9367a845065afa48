import { readdirSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { describe, expect, it, test } from 'vitest'
import { createBackscroll } from '../../../src/cli/backscroll.ts'
import { endOf, exitCodes } from '../../../src/cli/exit-codes.ts'

/** It runs until a signal stops it, and answers nothing. */
const answersNoData = ['start']

const nameOf = (command: Command): string =>
  command.parent?.parent === null || command.parent === null
    ? command.name()
    : `${nameOf(command.parent)} ${command.name()}`

const leavesOf = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf)

const helpOf = (command: Command): string => {
  let help = ''
  command.configureOutput({ writeOut: (text) => (help += text) })
  command.outputHelp()
  return help
}

const leaves = leavesOf(createBackscroll()).map((command) => ({ command, name: nameOf(command) }))
const operations = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')

/** How a program ends that is called like this, and what it says. */
const call = async (...args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> => {
  let said = ''
  const program = createBackscroll()
  const quiet = (command: Command): void => {
    command.configureOutput({ writeOut: () => {}, writeErr: (text) => (said += text) })
    for (const each of command.commands) quiet(each)
  }
  quiet(program)
  try {
    await program.parseAsync(['node', 'backscroll', ...args])
    return { code: exitCodes.done, said }
  } catch (error) {
    return { code: endOf(error).code, said }
  }
}

test('every column of a table has a title', () => {
  const folder = new URL('../../../src/cli/', import.meta.url)
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const heads = sources.flatMap(
    (name) => readFileSync(new URL(name, folder), 'utf8').match(/(head: |tableOf\()\[.*?\]/g) ?? [],
  )
  expect(heads.length).toBeGreaterThan(5)
  expect(heads.filter((head) => head.includes("''"))).toEqual([])
})

test('all commands are found', () => {
  expect(leaves.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['start', 'token', 'keys create', 'log repair', 'views retry', 'migrate', 'access-token']),
  )
})

describe.each(leaves)('backscroll $name', ({ command, name }) => {
  it('teaches what it does, with examples of itself, what it changes, and its exit codes', () => {
    const help = helpOf(command)
    expect(command.summary().length).toBeGreaterThan(15)
    expect(command.description().length).toBeGreaterThan(command.summary().length / 2)
    expect(help).toMatch(new RegExp(`\nExamples:\n {2}backscroll ${name}\\b`))
    expect(help).toMatch(/\nChanges:\n {2}\S/)
    for (const code of Object.values(exitCodes)) expect(help).toMatch(new RegExp(`\n {2}${code} +\\S`))
  })

  it('tells each option and argument what it is for', () => {
    for (const { description } of [...command.options, ...command.registeredArguments])
      expect(description.length).toBeGreaterThan(5)
  })

  it('names the maximum of a limit', () => {
    for (const { long, description } of command.options)
      if (long === '--limit') expect(description).toMatch(/at most \d+/)
  })

  it('wraps no line into the next one', () => {
    expect(helpOf(command)).not.toMatch(/\n {2,}\S[^\n]*\n\S/)
  })

  it('answers data as JSON, and says which fields', () => {
    const json = command.options.find(({ long }) => long === '--json')
    if (answersNoData.includes(name)) expect(json).toBeUndefined()
    else expect(json?.description).toMatch(/\{.*\}/)
  })

  it('ends with 0 when it is asked for help', async () => {
    expect((await call(...name.split(' '), '--help')).code).toBe(exitCodes.done)
  })

  it('ends with 2 for an option that it does not have', async () => {
    const required = command.options
      .filter(({ mandatory }) => mandatory)
      .flatMap(({ long, argChoices }) => [long ?? '', argChoices?.[0] ?? 'x'])
    const args = command.registeredArguments.filter(({ required: needed }) => needed).map(() => 'x')
    const { code, said } = await call(...name.split(' '), ...required, ...args, '--jsn')
    expect(code).toBe(exitCodes.usage)
    expect(said).toContain("unknown option '--jsn'")
    if (!answersNoData.includes(name)) expect(said).toContain('Did you mean --json?')
  })

  it('is in the table of docs/operations.md', () => {
    expect(operations).toMatch(new RegExp(`^\\| \`${name}\` \\|`, 'm'))
  })
})

test('a command that there is not suggests the one that is nearest', async () => {
  expect(await call('tokn')).toMatchObject({ code: exitCodes.usage, said: expect.stringContaining('mean token?') })
  expect(await call('log', 'verfy')).toMatchObject({ code: 2, said: expect.stringContaining('mean verify?') })
  expect(await call('views')).toMatchObject({ code: exitCodes.usage })
})

test('a role that there is not is told as what it is: the value of an option', async () => {
  const { code, said } = await call('start', '--role', 'gatway')
  expect(code).toBe(exitCodes.usage)
  expect(said).toContain("option '--role <roles>' argument 'gatway' is invalid. It must be roles separated by commas")
  expect(said).not.toContain('BACKSCROLL_')
})

test('docs/operations.md lists every exit code once, with its meaning', () => {
  for (const code of Object.values(exitCodes))
    expect(operations.match(new RegExp(`^\\| ${code} \\| \\S.*\\|$`, 'gm'))).toHaveLength(1)
})
