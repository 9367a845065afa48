import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const linesOf = (name: string): readonly string[] => readFileSync(`${root}/${name}`, 'utf8').split('\n')

const isTable = (line: string): boolean => line.trimStart().startsWith('|')
const isLinkAlone = (line: string): boolean => /^\s*(?:[-*] )?(?:\[[^\]]*\]\(\S+\)|\[[^\]]*\]: \S+)[.,;:]?$/.test(line)

/** The lines of a page that somebody wraps: no blocks of code, no rows of tables, no links that stand alone. */
const prose = (lines: readonly string[]): readonly string[] => {
  let inCode = false
  return lines.filter((line) => {
    const fence = /^\s*```/.test(line)
    if (fence) inCode = !inCode
    return !fence && !inCode && !isTable(line) && !isLinkAlone(line)
  })
}

const sources = globSync(['src/**/*.ts', 'packages/*/src/**/*.ts'], { cwd: root })

const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root })

describe('lengths', () => {
  test.each(pages)('%s has lines of at most 120 columns', (page) => {
    expect(prose(linesOf(page)).filter((line) => line.length > 120)).toEqual([])
  })

  test('no file of src has more than 250 lines', () => {
    expect(sources.filter((file) => linesOf(file).length - 1 > 250)).toEqual([])
  })
})
