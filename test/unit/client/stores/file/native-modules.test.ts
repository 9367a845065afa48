import { describe, expect, it } from 'vitest'
import { fits } from '../../../../../packages/client/src/stores/file/native-modules.ts'

describe('better-sqlite3', () => {
  it.each([
    ['12.11.1', '20.20.2', true],
    ['12.11.1', '24.21.0', true],
    ['13.2.0', '20.20.2', false],
    ['13.2.0', '22.23.5', true],
  ])('%s is loaded by Node %s: %s', (driver, node, is) => {
    expect(fits(driver, node)).toBe(is)
  })
})
