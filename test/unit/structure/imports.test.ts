import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../../..')
const made: string[] = []

/** Cruises a small project of these files under the real rules; answers what the tool printed and its exit code. */
const cruise = (files: Readonly<Record<string, string>>) => {
  const directory = mkdtempSync(join(tmpdir(), 'imports-'))
  made.push(directory)
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json']) cpSync(join(root, name), join(directory, name))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  const binary = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
  const { status, stdout } = spawnSync(
    process.execPath,
    [binary, '--config', '.dependency-cruiser.cjs', 'src', 'packages'],
    {
      cwd: directory,
      encoding: 'utf8',
    },
  )
  return { status, stdout }
}

afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true })
})

const port = {
  'src/ports/clock.ts': 'export type Clock = () => number\n',
  'packages/protocol/src/limits.ts': 'export const limits = 1\n',
}

describe('import rules', () => {
  it('allow commands to import a port', () => {
    const { status, stdout } = cruise({
      ...port,
      'src/commands/a.ts': "import type { Clock } from '../ports/clock.ts'\nexport type A = Clock\n",
    })
    expect(stdout).toContain('3 modules')
    expect(status).toBe(0)
  })

  it.each([
    ['the domain imports a port', 'src/domain/a.ts', '../ports/clock.ts'],
    ['the domain imports from Node', 'src/domain/a.ts', 'node:fs'],
    ['a port imports an adapter', 'src/ports/a.ts', '../adapters/memory/a.ts'],
    ['the gateway imports an adapter', 'src/gateway/a.ts', '../adapters/memory/a.ts'],
    ['one adapter imports another', 'src/adapters/memory/b.ts', '../embedded/a.ts'],
    ['the client imports a port', 'packages/client/src/a.ts', '../../../src/ports/clock.ts'],
    ['projections import the gateway', 'src/projections/a.ts', '../gateway/a.ts'],
    ['what logs have in common imports the gateway', 'src/event-log/a.ts', '../gateway/a.ts'],
    ['who somebody is depends on a limit of the doors', 'src/identity/a.ts', '../edge/a.ts'],
    ['the wiring imports a command of the command line', 'src/compose/a.ts', '../cli/a.ts'],
    ['a folder imports a sister that it does not name', 'src/identity/accounts/a.ts', '../oauth/a.ts'],
    ['the protocol imports from Node', 'packages/protocol/src/a.ts', 'node:fs'],
  ])('fail when %s', (_title, importer, imported) => {
    const { status, stdout } = cruise({
      ...port,
      'src/adapters/memory/a.ts': 'export type Clock = number\n',
      'src/adapters/embedded/a.ts': 'export type Clock = number\n',
      'src/gateway/a.ts': 'export type Clock = number\n',
      'src/edge/a.ts': 'export type Clock = number\n',
      'src/cli/a.ts': 'export type Clock = number\n',
      'src/identity/oauth/a.ts': 'export type Clock = number\n',
      [importer]: `import * as clock from '${imported}'\nexport const a = clock\n`,
    })
    expect(stdout).toContain('error')
    expect(status).not.toBe(0)
  })
})
