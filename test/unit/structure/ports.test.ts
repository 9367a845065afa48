import { globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ports = fileURLToPath(new URL('../../../src/ports', import.meta.url))
/** The errors by which adapters keep the contract are classes, for `instanceof`. */
const files = globSync('**/*.ts', { cwd: ports, exclude: ['errors/**'] })

const running = (text: string): string =>
  stripTypeScriptTypes(text)
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    .replace(/[\s;]+/g, ' ')
    .trim()

describe('ports', () => {
  test('are read', () => {
    expect(files.length).toBeGreaterThan(15)
    expect(running('/** Runs. */\nexport const two = (): number => 2')).toContain('two')
  })

  test.each(files)('hold interfaces alone: nothing of %s runs', (file) => {
    expect(running(readFileSync(`${ports}/${file}`, 'utf8'))).toBe('')
  })
})
