import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const catalogue = 'src/domain/stream-names.ts'
const files = globSync(['src/**/*.ts', 'packages/*/src/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'], { cwd: root })

const kinds = ['conversation', 'receipts', 'user', 'audit'].join('|')
/** At the beginning of a string: of a whole name, of one that goes on with an id, of a pattern. */
const literal = new RegExp(`['"\`](?:${kinds})-(?:['"\`$%]|[a-z0-9]*['"\`])`)

const isComment = (line: string): boolean => /^\s*(\/?\*|\/\/)/.test(line)
const literalsIn = (text: string): readonly string[] =>
  text.split('\n').filter((line) => !isComment(line) && literal.test(line))

describe('prefixes of stream names', () => {
  test('are found where somebody writes one', () => {
    const template = ['`receipts-$', '{id}`'].join('')
    const written = ["const a = 'user-'", template, "stream: 'user-alice'", "LIKE 'receipts-%'", '"conversation-"']
    expect(literalsIn(written.join('\n'))).toEqual(written)
    expect(literalsIn("// 'user-'\nconst type = 'user-agent header'")).toEqual([])
  })

  test('stand in the catalogue alone', () => {
    const elsewhere = files.flatMap((file) =>
      literalsIn(readFileSync(`${root}/${file}`, 'utf8')).map((line) => `${file}: ${line.trim()}`),
    )
    expect(elsewhere.filter((line) => !line.startsWith(catalogue))).toEqual([])
    expect(elsewhere).toHaveLength(4)
  })
})
