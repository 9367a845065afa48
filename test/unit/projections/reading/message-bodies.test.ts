import { describe, expect, it, vi } from 'vitest'
import { createMemoryLog } from '../../../../src/adapters/memory/event-log.ts'
import { bodiesOf } from '../../../../src/projections/reading/message-bodies.ts'

const event = (id: string, body: string | null) => ({
  ...{ id, body, type: 'MessageSent', version: 1, at: 0, userId: 'ann', deviceId: 'phone', data: '{}' },
})

const logOf = async (...bodies: readonly (string | null)[]) => {
  const log = createMemoryLog()
  await log.append(
    'conversation-c',
    bodies.map((body, index) => event(`e${index}`, body)),
    'no_stream',
  )
  return log
}

describe('bodies of messages', () => {
  it('are found by revision, next to each other or far apart', async () => {
    const log = await logOf(...Array.from({ length: 20 }, (_, index) => `b${index}`))
    expect([...(await bodiesOf(log, 'c', [3, 4, 6]))]).toContainEqual([6, 'b6'])
    expect([...(await bodiesOf(log, 'c', [19, 2]))]).toEqual([
      [19, 'b19'],
      [2, 'b2'],
    ])
  })

  it('of a conversation without messages are not asked for: a log may refuse the read of nothing', async () => {
    const readStream = vi.fn()
    expect(await bodiesOf({ readStream }, 'c', [])).toEqual(new Map())
    expect(readStream).not.toHaveBeenCalled()
  })
})
