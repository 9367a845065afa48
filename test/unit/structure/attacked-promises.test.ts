import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = (name: string): string => readFileSync(`${root}/${name}`, 'utf8')
const tests = globSync('test/**/*', { cwd: root })

const quoted = (text: string): readonly string[] => [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, one]) => one ?? [])

/** `test/integration/gateway-*`, a directory, a file without its ending; a name alone is in the directory that was named before it. */
const exists = (name: string): boolean => {
  const pattern = new RegExp(`(^|/)${name.replace(/[.]/g, '\\.').replaceAll('*', '[^/]*')}(\\.[a-z.]+)?(/|$)`)
  return tests.some((file) => pattern.test(file))
}

const documents = ['README.md', 'ARCHITECTURE.md', ...globSync('docs/**/*.md', { cwd: root })]

describe('what is promised', () => {
  test('of dependencies holds: none of them runs a script when it is installed', () => {
    const { packages } = JSON.parse(read('package-lock.json'))
    const { allowScripts } = JSON.parse(read('package.json'))
    const withScripts = Object.keys(packages).filter((path) => path !== '' && packages[path].hasInstallScript === true)
    expect(withScripts.map((path) => allowScripts[path.split('node_modules/').at(-1) ?? ''])).toEqual(
      withScripts.map(() => false),
    )
  })

  test.each(documents)('in %s is attacked by tests that there are', (document) => {
    const named = quoted(read(document)).filter((one) => /^test\/[\w/*.-]+$/.test(one))
    expect(named.filter((one) => !exists(one))).toEqual([])
  })

  const table = read('ARCHITECTURE.md').matchAll(/^\| (P\d) \|.*\| ([^|]+) \|$/gm)
  test.each([...table].map(([, id = '', attackers = '']) => [id, attackers]))(
    'as %s has attackers, each of which there is',
    (_id, attackers) => {
      const named = quoted(attackers)
      expect(named.length > 0 || attackers === 'the same').toBe(true)
      expect(named.filter((one) => !exists(one))).toEqual([])
    },
  )

  test('in the table has an id that titles of tests quote', () => {
    const titles = tests
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => read(file))
      .join('\n')
    for (const id of ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8'])
      expect(titles, id).toMatch(new RegExp(`['"\`].*\\b${id}\\b`))
  })
})
