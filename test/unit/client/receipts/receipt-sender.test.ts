import { describe, expect, it } from 'vitest'
import { BackscrollError } from '../../../../packages/client/src/errors/backscroll-error.ts'
import { createReceiptSender } from '../../../../packages/client/src/receipts/receipt-sender.ts'
import type { Unconfirmed } from '../../../../packages/client/src/records/client-records.ts'
import type { StoreChange } from '../../../../packages/client/src/stores/client-store.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'

const world = (unconfirmed: ReadonlyMap<string, Unconfirmed> = new Map(), window = 8, random = 0) => {
  const clock = createVirtualClock()
  const frames: string[] = []
  const answers: { readonly resolve: () => void; readonly reject: (error: BackscrollError) => void }[] = []
  const written: StoreChange[] = []
  const refused: string[] = []
  let room = window
  const sender = createReceiptSender({
    clock,
    random: () => random,
    unconfirmed,
    window: () => room,
    ask: ({ conversationId, status, upToSeq }, answered) => {
      frames.push(`${conversationId} ${status} ${upToSeq}`)
      answers.push(answered)
    },
    write: (changes) => written.push(...changes),
    onRefused: ({ code }) => refused.push(code),
  })
  return { clock, frames, answers, written, refused, sender, setRoom: (to: number) => (room = to) }
}

describe('Own watermarks [M5]', () => {
  it('sends only the newest of a window, and nothing lower later', async () => {
    const { clock, frames, sender } = world()
    for (const seq of [1, 2, 5, 3]) sender.note('c', 'delivered', seq)
    await clock.advance(300)
    expect(frames).toEqual(['c delivered 5'])
    sender.note('c', 'delivered', 4)
    await clock.advance(300)
    expect(frames).toHaveLength(1)
  })

  it('lets read stand for delivered', async () => {
    const { clock, frames, sender } = world()
    sender.note('c', 'delivered', 4)
    sender.note('c', 'read', 4)
    sender.note('d', 'read', 2)
    sender.note('d', 'delivered', 3)
    await clock.advance(300)
    expect(frames).toEqual(['c read 4', 'd read 2', 'd delivered 3'])
  })

  it('repeats what was not confirmed after a reconnect or a restart, and forgets it in the store once it is', async () => {
    const { frames, answers, written, sender } = world(new Map([['c', { delivered: 4, read: 2 }]]))
    sender.resend()
    expect(frames).toEqual(['c read 2', 'c delivered 4'])
    answers[0]?.resolve()
    expect(written).toEqual([])
    answers[1]?.reject(new BackscrollError('disconnected'))
    sender.resend()
    expect(frames.slice(2)).toEqual(['c delivered 4'])
    answers[2]?.resolve()
    expect(written).toEqual([{ key: 'watermark/c', value: undefined }])
  })

  it('gives up a watermark that was finally refused, and tries a temporary refusal again', async () => {
    const { clock, frames, answers, written, sender } = world()
    sender.note('c', 'read', 9)
    await clock.advance(300)
    answers[0]?.reject(new BackscrollError('rate_limited', { retryAfterMs: 2_000 }))
    await clock.advance(1_000)
    expect(frames).toHaveLength(1)
    await clock.advance(2_000)
    expect(frames).toHaveLength(2)
    answers[1]?.reject(new BackscrollError('not_found'))
    expect(written.at(-1)).toEqual({ key: 'watermark/c', value: undefined })
    await clock.advance(60_000)
    expect(frames).toHaveLength(2)
  })

  it('takes what was refused for unconfirmed: a lower mark, and the same one again, are sent later', async () => {
    const { clock, frames, answers, refused, sender } = world()
    sender.note('c', 'read', 9)
    await clock.advance(300)
    answers[0]?.reject(new BackscrollError('not_found'))
    sender.note('c', 'delivered', 2)
    await clock.advance(300)
    sender.note('c', 'read', 9)
    await clock.advance(300)
    expect(frames).toEqual(['c read 9', 'c delivered 2', 'c read 9'])
    expect(refused).toEqual(['not_found'])
  })

  it('asks for the last message instead of one beyond it, says so, and goes on from there', async () => {
    const { clock, frames, answers, refused, written, sender } = world()
    sender.note('c', 'read', 1_000)
    await clock.advance(300)
    sender.note('c', 'delivered', 1_001)
    answers[0]?.reject(new BackscrollError('beyond_last_seq', { details: { last: 3 } }))
    expect(refused).toEqual(['beyond_last_seq'])
    expect(written).toContainEqual({ key: 'watermark/c', value: { delivered: 1_001, read: 3 } })
    await clock.advance(300)
    answers[1]?.resolve()
    answers[2]?.reject(new BackscrollError('beyond_last_seq', { details: { last: 3 } }))
    expect(written.at(-1)).toEqual({ key: 'watermark/c', value: undefined })
    sender.note('c', 'read', 4)
    await clock.advance(300)
    expect(frames).toEqual(['c read 1000', 'c read 3', 'c delivered 1001', 'c read 4'])
  })

  it('keeps what was refused because of its sender, not of itself, for the next connection', async () => {
    const { clock, frames, answers, written, sender } = world()
    sender.note('c', 'read', 2)
    await clock.advance(300)
    answers[0]?.reject(new BackscrollError('token_expired'))
    expect(written).toEqual([])
    sender.resend()
    expect(frames).toEqual(['c read 2', 'c read 2'])
  })

  it('believes nothing that was confirmed before the server lost its state', async () => {
    const { clock, frames, answers, sender } = world()
    sender.note('c', 'read', 9)
    await clock.advance(300)
    answers[0]?.resolve()
    sender.forgetConfirmed()
    sender.note('c', 'read', 4)
    await clock.advance(300)
    expect(frames).toEqual(['c read 9', 'c read 4'])
  })

  it('has a bounded number under way', async () => {
    const { clock, frames, answers, sender } = world(new Map(), 2)
    for (const id of ['a', 'b', 'c', 'd']) sender.note(id, 'read', 1)
    await clock.advance(300)
    expect(frames).toHaveLength(2)
    answers[0]?.resolve()
    expect(frames).toHaveLength(3)
  })

  it('comes back after what the server asked for, each device at another moment, also with what was noted meanwhile', async () => {
    const busy = new BackscrollError('overloaded', { retryAfterMs: 10_000 })
    const times = [0, 0.5, 0.99].map(async (random) => {
      const { clock, frames, answers, sender } = world(new Map(), 8, random)
      sender.note('c', 'delivered', 1)
      sender.note('d', 'delivered', 1)
      await clock.advance(300)
      sender.note('c', 'read', 2)
      for (const answer of answers) answer.reject(busy)
      let waited = 0
      for (; frames.length === 2 && waited < 60_000; waited += 100) {
        sender.note('d', 'delivered', 2 + waited)
        await clock.advance(100)
      }
      expect(frames.length).toBe(4)
      return waited
    })
    const [first = 0, second = 0, third = 0] = await Promise.all(times)
    expect(first).toBeGreaterThanOrEqual(10_000)
    expect(second).toBeGreaterThanOrEqual(12_000)
    expect(third).toBeGreaterThanOrEqual(14_500)
  })
})
