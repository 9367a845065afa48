import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideReceipts, decideWelcome, refuseWatermark } from '../../../src/domain/receipts/receipts-decider.ts'
import type { ReceiptsEvent, Watermark } from '../../../src/domain/receipts/receipts-events.ts'
import { receiptsFromSnapshot, receiptsToSnapshot } from '../../../src/domain/receipts/receipts-snapshot.ts'
import { evolveReceipts, initialReceipts, type ReceiptsState } from '../../../src/domain/receipts/receipts-state.ts'
import { specify } from '../../support/domain/decider-specification.ts'
import { alice, at, bob } from './conversation/examples.ts'

const lastSeq = 10
const { given } = specify({
  initialState: initialReceipts,
  evolve: evolveReceipts,
  decide: (state: ReceiptsState, entries: readonly Watermark[]) => decideReceipts(state, entries, lastSeq, at),
})
const advanced = (...entries: readonly Watermark[]): ReceiptsEvent => ({
  type: 'ReceiptsAdvanced',
  at,
  data: { entries },
})

describe('[M5] watermarks', () => {
  it('of one window become one event', () => {
    given()
      .when([
        { ...alice, delivered: 3 },
        { ...bob, read: 2 },
      ])
      .thenEvents(advanced({ ...alice, delivered: 3 }, { ...bob, delivered: 2, read: 2 }))
  })

  it('of one device in one window become one entry, the furthest', () => {
    given()
      .when([
        { ...alice, delivered: 3 },
        { ...alice, read: 1 },
        { ...alice, delivered: 2 },
      ])
      .thenEvents(advanced({ ...alice, delivered: 3, read: 1 }))
  })

  it('name only what moved', () => {
    given(advanced({ ...alice, delivered: 5, read: 2 }))
      .when([{ ...alice, read: 4 }])
      .thenEvents(advanced({ ...alice, read: 4 }))
    given(advanced({ ...alice, delivered: 5, read: 2 }))
      .when([{ ...alice, delivered: 6, read: 2 }])
      .thenEvents(advanced({ ...alice, delivered: 6 }))
  })

  it('never go back, and what does not advance leads to nothing', () => {
    given(advanced({ ...alice, delivered: 5, read: 5 }))
      .when([{ ...alice, delivered: 4, read: 5 }])
      .thenEvents()
    given().when([]).thenEvents()
  })

  it('imply delivery by reading', () => {
    given(advanced({ ...alice, delivered: 1 }))
      .when([{ ...alice, read: 4 }])
      .thenEvents(advanced({ ...alice, delivered: 4, read: 4 }))
  })

  it.each([{ delivered: 11 }, { read: 11 }])('beyond the last message are refused: %o', (entry) => {
    given()
      .when([
        { ...bob, delivered: 1 },
        { ...alice, ...entry },
      ])
      .thenRejection('beyond_last_seq', { last: lastSeq })
    expect(refuseWatermark(entry, 10)?.code).toBe('beyond_last_seq')
    expect(refuseWatermark(entry, 11)).toBeUndefined()
  })
})

const mark = fc.record(
  { who: fc.constantFrom(alice, bob), delivered: fc.nat(lastSeq), read: fc.nat(lastSeq) },
  { requiredKeys: ['who'] },
)
const windows = fc.array(fc.array(mark.map(({ who, ...marks }): Watermark => ({ ...who, ...marks }))), {
  maxLength: 10,
})

describe('a receipts stream', () => {
  it('leads to the furthest that each device confirmed, also through a snapshot, and every entry of it advances', () => {
    fc.assert(
      fc.property(windows, (all) => {
        let state = initialReceipts()
        for (const entries of all) {
          const decision = decideReceipts(state, entries, lastSeq, at)
          if (decision.kind !== 'accepted') throw new Error('refused')
          for (const event of decision.events) {
            expect(decideReceipts(state, event.data.entries, lastSeq, at)).toEqual(decision)
            state = receiptsFromSnapshot(receiptsToSnapshot(evolveReceipts(state, event)))
          }
        }
        for (const { userId, deviceId } of [alice, bob]) {
          const own = all.flat().filter((entry) => entry.userId === userId)
          const read = Math.max(0, ...own.map((entry) => entry.read ?? 0))
          const delivered = Math.max(read, ...own.map((entry) => entry.delivered ?? 0))
          expect(state.watermarks.get(`${userId}/${deviceId}`) ?? { delivered: 0, read: 0 }).toEqual({
            delivered,
            read,
          })
        }
      }),
    )
  })
})

describe('[E3] a Welcome', () => {
  const welcome = { ...alice, revision: 4 }

  it('is acknowledged once, also through a snapshot', () => {
    const decision = decideWelcome(initialReceipts(), welcome, at)
    expect(decision).toEqual({ kind: 'accepted', events: [{ type: 'WelcomeAcknowledged', at, data: welcome }] })
    if (decision.kind !== 'accepted') return
    const after = receiptsFromSnapshot(receiptsToSnapshot(decision.events.reduce(evolveReceipts, initialReceipts())))
    for (const revision of [4, 3, 0]) {
      expect(decideWelcome(after, { ...alice, revision }, at)).toEqual({ kind: 'accepted', events: [] })
    }
    expect(decideWelcome(after, { ...alice, revision: 5 }, at)).toMatchObject({ events: [{ data: { revision: 5 } }] })
    expect(decideWelcome(after, { ...bob, revision: 1 }, at)).toMatchObject({ events: [{ data: { revision: 1 } }] })
  })
})
