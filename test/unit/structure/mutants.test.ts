import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { mutants } from '../../mutants/rules.ts'

const root = new URL('../../../', import.meta.url)

describe('The rules that can be switched off to try the generated liar', () => {
  it.each(mutants)('$rule: stands where it is looked for, once', ({ patches }) => {
    for (const { file, of } of patches) {
      const parts = readFileSync(new URL(file, root), 'utf8').split(of)
      expect(parts.length - 1, `${file}: ${of}`).toBe(1)
    }
  })
})
