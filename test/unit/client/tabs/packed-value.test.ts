import { expect, it } from 'vitest'
import { pack, unpack } from '../../../../packages/client/src/tabs/packed-value.ts'

const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)

it('A value that is nested without an end is refused with a clear error, and one a few levels deep travels', () => {
  expect(() => pack(nested(20_000))).toThrow(expect.objectContaining({ code: 'invalid' }))
  expect(unpack(pack(nested(50)))).toEqual(nested(50))
})
