import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root })
const namedIn = (text: string): readonly string[] =>
  [...text.matchAll(/`((?:src|bench|scripts|examples|infra|patches)\/[\w/.@+-]+)`/g)].flatMap(([, name]) => name ?? [])
const isThere = (name: string): boolean => [name, `${name}.ts`].some((path) => existsSync(`${root}/${path}`))

describe('files that documents name', () => {
  test.each(pages)('in %s are there', (page) => {
    expect(namedIn(readFileSync(`${root}/${page}`, 'utf8')).filter((name) => !isThere(name))).toEqual([])
  })
})
