import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const decision = readFileSync(
  `${root}/docs/decisions/0043-dependencies-are-patched-where-no-release-mends-them.md`,
  'utf8',
)

/** `ts-mls parentHash.js 2`: the second hunk of a patch in one file. */
const hunksOf = (patch: string): readonly string[] => {
  const name = patch.replace(/\+[\d.]+\.patch$/, '').replace(/^.*\+/, '')
  let [file, hunk] = ['', 0]
  return readFileSync(`${root}/patches/${patch}`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, next] = /^\+\+\+ b\/node_modules\/\S*\/(\S+)/.exec(line) ?? []
      if (next !== undefined) [file, hunk] = [next, 0]
      if (!line.startsWith('@@ ')) return []
      hunk += 1
      return [`${name} ${file} ${hunk}`]
    })
}

interface Part {
  readonly hunks: readonly string[]
  readonly tests: readonly string[]
  readonly leaves: string
}

const quoted = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '')

/** `` `index.js` 1, 2 ``: two hunks of that file. */
const namedHunks = (patch: string, cell: string): readonly string[] =>
  [...cell.matchAll(/`([^`]+)` ([\d, ]+)/g)].flatMap(([, file, numbers = '']) =>
    [...numbers.matchAll(/\d+/g)].map(([number]) => `${patch} ${file} ${number}`),
  )

const cellsOf = (line: string): readonly string[] => line.split('|').map((cell) => cell.trim())
const isRow = (cells: readonly string[]): boolean => cells.length === 8 && cells[2] !== 'part' && cells[2] !== '---'

/** The rows of the table: patch (of the row above where it is empty), part, hunks, why, what fails, how it leaves. */
const rowsOf = (page: string): readonly Part[] => {
  let patch = ''
  return page
    .split('\n')
    .map(cellsOf)
    .filter(isRow)
    .map(([, named = '', , hunks = '', , tests = '', leaves = '']) => {
      patch = named === '' ? patch : named
      return { hunks: namedHunks(patch, hunks), tests: quoted(tests), leaves }
    })
}

const parts = rowsOf(decision)

describe('the patches of dependencies', () => {
  const patches = globSync('*.patch', { cwd: `${root}/patches` })

  test('have a row in the decision for every hunk, and no row for what is not in them', () => {
    const [inPatches, inTable] = [patches.flatMap(hunksOf), parts.flatMap(({ hunks }) => hunks)]
    expect(inPatches.length).toBeGreaterThan(10)
    expect([...new Set(inTable)].sort()).toEqual([...inPatches].sort())
  })

  test.each(parts)('have a test that fails without it for $hunks', ({ tests, leaves }) => {
    expect(tests).not.toEqual([])
    expect(tests.filter((name) => !existsSync(`${root}/test/${name}.test.ts`))).toEqual([])
    expect(leaves).not.toBe('')
  })

  test.each(patches)('are of the version that is installed: %s', (patch) => {
    const [, name = '', version] = /^(.+)\+([\d.]+)\.patch$/.exec(patch) ?? []
    const installed = JSON.parse(readFileSync(`${root}/node_modules/${name.replace('+', '/')}/package.json`, 'utf8'))
    expect(installed.version).toBe(version)
  })
})
