import { ProtocolError } from '@backscroll/protocol/errors'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createAnnouncer } from '../../../../../src/identity/accounts/users/notice-announcer.ts'
import type { Notice } from '../../../../../src/ports/identity/notices.ts'
import type { ParkedReaction } from '../../../../../src/ports/parked-reactions.ts'
import { openTestAccountsFile } from '../../../../support/accounts/file.ts'

let accounts: Awaited<ReturnType<typeof openTestAccountsFile>>
let told: string[]
let errors: unknown[]
let parked: ParkedReaction[]
/** By user: what telling something in the stream throws. */
let failing: Map<string, unknown>
let numbers: number
beforeEach(async () => {
  accounts = await openTestAccountsFile()
  told = []
  errors = []
  parked = []
  failing = new Map()
  numbers = 0
})
afterEach(async () => {
  vi.useRealTimers()
  await accounts.discard()
})

/** Waits to be told to this user. */
const notice = async (userId: string): Promise<string> => {
  numbers += 1
  const id = `n${String(numbers).padStart(4, '0')}`
  const waiting: Notice = { id, userId, command: { type: 'NameDevice', actor: null, at: 0, deviceId: 'phone' } }
  await accounts.store.provision([{ userId, deviceId: 'phone', at: 1 }])
  await accounts.store.nameDevice(userId, 'phone', 'A name', waiting)
  return id
}

const open = () =>
  createAnnouncer({
    store: accounts.store,
    tell: async ({ id, userId }) => {
      if (failing.has(userId)) throw failing.get(userId)
      told.push(id)
    },
    now: () => 7,
    onError: (error) => errors.push(error),
    onParked: (reaction) => parked.push(reaction),
  })

describe('the announcer', () => {
  it('tells everything that waits, in order, in one go', async () => {
    const ids: string[] = []
    for (let n = 0; n < 250; n += 1) ids.push(await notice('alice'))
    const announcer = open()
    await Promise.all([announcer.flush(), announcer.flush(), announcer.flush()])
    expect(told).toEqual(ids)
    expect(await accounts.store.notices(10)).toEqual([])
    await announcer.close()
  })

  it('keeps what the log does not take now, however often, and tells it before what came later', async () => {
    const ids = [await notice('alice'), await notice('bob')]
    failing.set('alice', new ProtocolError('unavailable'))
    const announcer = open()
    for (let n = 0; n < 10; n += 1) await announcer.flush()
    expect([told, errors.length, parked]).toEqual([[], 10, []])
    failing.clear()
    ids.push(await notice('alice'))
    await announcer.flush()
    expect(told).toEqual(ids)
    await announcer.close()
  })

  it('tells all others, however much cannot be told to one, parks that, and tells it in order when it is asked to', async () => {
    const behind: string[] = []
    for (let n = 0; n < 150; n += 1) behind.push(await notice('mallory'))
    const others = [await notice('alice'), await notice('bob')]
    failing.set('mallory', new TypeError('no'))
    const announcer = open()
    await announcer.flush()
    expect(told).toEqual(others)
    for (let n = 0; n < 5; n += 1) await announcer.flush()
    expect(parked).toEqual([
      {
        ...{ process: 'announcements', stream: 'user-mallory', epoch: null, revision: null, position: null },
        ...{ type: 'NameDevice', attempts: 5, error: 'TypeError: no', at: 7 },
      },
    ])
    await announcer.close()

    // Another process finds it parked; and somebody asks, too early first.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const another = open()
    await another.flush()
    expect(parked).toHaveLength(1)
    const retried = async () => {
      await accounts.store.askReactionRetry('announcements', 'user-mallory')
      await vi.advanceTimersByTimeAsync(2_000)
      await expect.poll(() => accounts.store.reactionRetry('announcements', 'user-mallory')).not.toBe('asked')
    }
    await retried()
    expect(await accounts.store.parkedReactions(5)).toMatchObject([{ attempts: 6 }])
    failing.clear()
    await retried()
    await another.flush()
    expect(told).toEqual([...others, ...behind])
    expect(await accounts.store.parkedReactionCount()).toBe(0)
    await another.close()
  })
})
