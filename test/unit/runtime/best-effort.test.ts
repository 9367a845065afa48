import { expect, test } from 'vitest'
import { createBestEffort } from '../../../src/runtime/best-effort.ts'

const never = (): Promise<string> => new Promise(() => undefined)

test('what answers is heard, and what fails or says nothing is not waited for, nor asked again for a while', async () => {
  let now = 0
  const soon = createBestEffort({ patienceMs: 5, restMs: 100, now: () => now })
  expect(await soon(async () => 'heard', 'otherwise')).toBe('heard')
  expect(await soon(never, 'otherwise')).toBe('otherwise')
  let asked = 0
  const count = async () => {
    asked += 1
    return `asked ${asked}`
  }
  now = 99
  expect([await soon(count, 'otherwise'), asked]).toEqual(['otherwise', 0])
  now = 100
  expect(await soon(count, 'otherwise')).toBe('asked 1')
  const failing = async (): Promise<string> => {
    throw new Error('away')
  }
  expect(await soon(failing, 'otherwise')).toBe('otherwise')
  expect(await soon(count, 'otherwise')).toBe('otherwise')
})
