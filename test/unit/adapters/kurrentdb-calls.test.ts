import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { withTimeout } from '../../../src/adapters/kurrentdb/connection/calls.ts'

const stall = (ms: number): void => {
  for (const end = performance.now() + ms; performance.now() < end; );
}

describe('a call with a time-out', () => {
  it('takes an answer that came in time, however late a stalled process reads it', async () => {
    const answer = withTimeout(promisify(randomBytes)(8), 20)
    stall(60)
    await expect(answer).resolves.toHaveLength(8)
  })

  it('rejects when there is no answer', async () => {
    await expect(withTimeout(new Promise(() => {}), 5)).rejects.toThrow('No answer within 5 ms')
  })
})
