import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const directory = fileURLToPath(new URL('../../../docs/decisions', import.meta.url))
const read = (name: string): string => readFileSync(`${directory}/${name}`, 'utf8')
const pages = globSync('[0-9]*.md', { cwd: directory }).toSorted()
const numberOf = (page: string): string => page.slice(0, 4)

describe('decisions', () => {
  test.each(pages)(
    '%s has its number, and says context, decision, alternatives and consequences in this order',
    (page) => {
      const text = read(page)
      expect(text).toMatch(new RegExp(`^# ${numberOf(page)} \\S`))
      const places = ['Context', 'Decision', 'Alternatives', 'Consequences'].map((part) =>
        text.indexOf(`\n**${part}.**`),
      )
      expect(places.filter((place) => place < 0)).toEqual([])
      expect(places).toEqual(places.toSorted((a, b) => a - b))
    },
  )

  test('have one number each', () => {
    expect(new Set(pages.map(numberOf)).size).toBe(pages.length)
  })

  test('leave out no number that the README does not name', () => {
    const newest = Number(numberOf(pages.at(-1) ?? '0'))
    const numbers = Array.from({ length: newest }, (_, index) => String(index + 1).padStart(4, '0'))
    const missing = numbers.filter((number) => !pages.some((page) => numberOf(page) === number))
    expect(missing.filter((number) => !read('README.md').includes(number))).toEqual([])
  })
})
