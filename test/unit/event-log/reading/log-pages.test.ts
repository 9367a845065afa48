import { describe, expect, it } from 'vitest'
import { createMemoryLog } from '../../../../src/adapters/memory/event-log.ts'
import { createLogPages } from '../../../../src/event-log/reading/log-pages.ts'
import type { EventReader } from '../../../../src/ports/event-log.ts'
import { appendAtEnd } from '../../../support/event-log/append-at-end.ts'
import { logEvents } from '../../../support/event-log/events.ts'

/** A log of `count` events that counts how often it is read, and fails as often as it is told to. */
const countedLog = async (count: number) => {
  const log = createMemoryLog()
  if (count > 0) await appendAtEnd(log, 'conversation-a', logEvents('e', count))
  const reads: bigint[] = []
  let failures = 0
  const readAll: EventReader['readAll'] = async (after, limit) => {
    reads.push(after)
    if (failures > 0) {
      failures -= 1
      throw new Error('the log does not answer')
    }
    return log.readAll(after, limit)
  }
  const fail = (times: number) => {
    failures = times
  }
  return { log, readAll, reads, fail }
}

describe('pages of the log', () => {
  it('are read once for all who ask, at the same time or later', async () => {
    const { readAll, reads } = await countedLog(6)
    const pages = createLogPages({ readAll }, 3)
    const [one, two] = await Promise.all([pages.after(0n), pages.after(0n)])
    expect(one).toBe(two)
    expect(await pages.after(0n)).toBe(one)
    expect((await pages.after(3n)).map(({ position }) => position)).toEqual([4n, 5n, 6n])
    expect(reads).toEqual([0n, 3n])
  })

  it('that are not full are read again, for there may be more', async () => {
    const { log, readAll } = await countedLog(2)
    const pages = createLogPages({ readAll }, 3)
    expect(await pages.after(0n)).toHaveLength(2)
    await appendAtEnd(log, 'conversation-b', logEvents('f', 2))
    expect((await pages.after(0n)).map(({ position }) => position)).toEqual([1n, 2n, 3n])
    expect((await pages.after(3n)).map(({ position }) => position)).toEqual([4n])
  })

  it('that could not be read are read again', async () => {
    const { readAll, fail } = await countedLog(3)
    const pages = createLogPages({ readAll }, 3)
    fail(1)
    await expect(pages.after(0n)).rejects.toThrow('does not answer')
    expect(await pages.after(0n)).toHaveLength(3)
  })

  it('are not all kept: a log is larger than memory', async () => {
    const { readAll, reads } = await countedLog(40)
    const pages = createLogPages({ readAll }, 1)
    for (let after = 0n; after < 40n; after += 1n) await pages.after(after)
    await pages.after(0n)
    expect(reads).toHaveLength(41)
  })
})
