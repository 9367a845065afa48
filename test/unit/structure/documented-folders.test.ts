import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const architecture = readFileSync(`${root}/ARCHITECTURE.md`, 'utf8')
const insideTheSdk = architecture.slice(architecture.indexOf('## Inside the SDK'))

const foldersIn = (path: string): readonly string[] =>
  readdirSync(`${root}/${path}`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()

describe('ARCHITECTURE.md', () => {
  test('has one row for each folder of the SDK, and none for a folder that is gone', () => {
    const rows = [...insideTheSdk.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name = '']) => name)
    expect(rows.toSorted()).toEqual(foldersIn('packages/client/src'))
  })

  test('names each folder of the server on its map', () => {
    const named = new Set([...architecture.matchAll(/(?:^| )([\w-]+)\/ /gm)].map(([, name]) => name))
    expect(foldersIn('src').filter((name) => !named.has(name))).toEqual([])
  })
})
