import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Delta } from '../../../../src/ports/deltas.ts'
import { createFanOut } from '../../../../src/projections/fan-out/create-fan-out.ts'
import { createLoadRosterAt } from '../../../../src/projections/fan-out/load-roster.ts'
import type { SyncCursor } from '../../../../src/projections/sync/sync-service.ts'
import { textsOf } from '../../../support/projections/event-texts.ts'
import {
  conversationCount,
  createTruth,
  play,
  type Step,
  steps,
  users,
  visibleTo,
} from '../../../support/projections/membership-history.ts'
import { idOf, openConversation, openReadSide, type ReadSide } from '../../../support/projections/read-side.ts'

const parseEvent = (text: string) => {
  const event: { stream: { id: string }; revision: number; position: string } = JSON.parse(text)
  return { key: `conversation-${event.stream.id}@${event.revision}`, position: BigInt(event.position) }
}

const pagesOf = async (cursor: SyncCursor, limit: number) => {
  const pages = []
  do pages.push(await cursor.next(limit))
  while (pages.at(-1)?.more)
  return pages
}

const open = async () => {
  const side = await openReadSide()
  const truths = Array.from({ length: conversationCount }, (_, n) => createTruth(openConversation(side.log, n + 1)))
  for (const truth of truths) await truth.begin()
  const deltas: Delta[] = []
  const fanOut = createFanOut({
    log: side.log,
    loadRosterAt: createLoadRosterAt(side),
    sink: { events: (batch) => deltas.push(...batch), receipts: () => {} },
    from: 0n,
    // Fewer than there are conversations, so that rosters are dropped and loaded again.
    maxRosters: 1,
  })
  return { side, truths, deltas, fanOut }
}

const liveTo = (user: string, deltas: readonly Delta[], after: bigint): string[] =>
  deltas
    .filter(({ audience }) => audience.includes(user))
    .flatMap(({ events }) => events)
    .filter(({ position }) => position > after)
    .sort((a, b) => Number(a.position - b.position))
    .map(({ stream, revision }) => `${stream}@${revision}`)

const dispatchedUpTo = async (fanOut: { dispatched(): bigint }, position: bigint) => {
  while (fanOut.dispatched() < position) await new Promise((resolve) => setImmediate(resolve))
}

const playAll = async (history: readonly Step[], { side, truths }: Awaited<ReturnType<typeof open>>) => {
  for (const step of history) {
    if (step.kind === 'settle') await side.settled()
    await play(truths, step)
  }
}

const allEvents = (side: ReadSide) => side.log.readAll(0n, 10_000)

test('P4: from any checkpoint, a resume brings exactly the events that the user may see, in order, in pages of any size', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 7 }), fc.constantFrom(...users), async (history, limit, user) => {
      const opened = await open()
      const { side, truths } = opened
      await playAll(history, opened)
      const events = await allEvents(side)
      for (const since of [0n, ...events.map(({ position }) => position)]) {
        const pages = await pagesOf(await side.sync.resume(user, side.sync.checkpoint([since])), limit)
        const got = pages.flatMap(textsOf).map((text) => parseEvent(text).key)
        expect(got).toEqual(
          visibleTo(
            user,
            events.filter(({ position }) => position > since),
            truths,
          ),
        )
        expect(pages.at(-1)?.upTo).toEqual([await side.log.head()])
      }
      await opened.fanOut.close()
      await side.close()
    }),
    { numRuns: 30 },
  )
})

test('P4: a resume that begins beyond several ended memberships still brings the newest one', async () => {
  const { side, fanOut } = await open()
  const group = openConversation(side.log, 9)
  await group.start('zoe', ['ann'])
  for (let again = 0; again < 3; again += 1) {
    await group.leave('ann')
    await group.add('zoe', ['ann'])
  }
  const events = (await allEvents(side)).filter(({ stream }) => stream === group.stream)
  for (const event of events) {
    const pages = await pagesOf(await side.sync.resume('ann', side.sync.checkpoint([event.position])), 10)
    const got = pages.flatMap(textsOf).map((text) => parseEvent(text).key)
    expect(got).toEqual(
      events.filter(({ position }) => position > event.position).map(({ stream, revision }) => `${stream}@${revision}`),
    )
  }
  await fanOut.close()
  await side.close()
})

test('P4: live deltas go to exactly the users who may see each event, while rosters are dropped and loaded', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const opened = await open()
      const { side, truths, deltas, fanOut } = opened
      await playAll(history, opened)
      await dispatchedUpTo(fanOut, await side.log.head())
      const events = await allEvents(side)
      for (const user of users) expect(liveTo(user, deltas, 0n)).toEqual(visibleTo(user, events, truths))
      await fanOut.close()
      await side.close()
    }),
    { numRuns: 30 },
  )
})

test('P4: resuming in the middle of traffic and then following live gives every visible event, and each page continues from its checkpoint', async () => {
  await fc.assert(
    fc.asyncProperty(steps, steps, fc.constantFrom(...users), async (before, after, user) => {
      const opened = await open()
      const { side, truths, deltas, fanOut } = opened
      await playAll(before, opened)
      const cursor = await side.sync.resume(user, side.sync.checkpoint([0n]))
      const first = await cursor.next(3)
      await playAll(after, opened)
      // The device was cut off after one page and comes back with that page's checkpoint.
      const rest = await pagesOf(await side.sync.resume(user, first.checkpoint), 50)
      await play(truths, { kind: 'send', conversation: 0, user: 0 })
      await dispatchedUpTo(fanOut, await side.log.head())
      const upTo = rest.at(-1)?.upTo[0] ?? 0n
      const synced = [first, ...rest].flatMap(textsOf).map((text) => parseEvent(text).key)
      expect([...synced, ...liveTo(user, deltas, upTo)]).toEqual(visibleTo(user, await allEvents(side), truths))
      await fanOut.close()
      await side.close()
    }),
    { numRuns: 30 },
  )
})

test('C4: stateless pages give the same events as one resume, and say more:false only when nothing durable is left', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 5 }), async (history, limit) => {
      const opened = await open()
      const { side, truths } = opened
      await playAll(history, opened)
      const got: string[] = []
      let since = side.sync.checkpoint([0n])
      for (let more = true; more; ) {
        const page = await side.sync.page('ann', since, limit)
        got.push(...textsOf(page).map((text) => parseEvent(text).key))
        if (got.length === 2 * limit) await truths[1]?.conversation.rename('founder', 'QUJD')
        ;({ checkpoint: since, more } = page)
      }
      const events = (await allEvents(side)).filter(({ type }) => type !== 'ConversationRenamed')
      const renamed = new Set(
        (await allEvents(side)).filter((e) => e.type === 'ConversationRenamed').map((e) => `${e.stream}@${e.revision}`),
      )
      expect(got.filter((key) => !renamed.has(key))).toEqual(visibleTo('ann', events, truths))
      await opened.fanOut.close()
      await side.close()
    }),
    { numRuns: 30 },
  )
})

test('Rosters: members are those of the moment, and an unknown conversation has none', async () => {
  const opened = await open()
  const { side, truths, fanOut } = opened
  await truths[0]?.join('ann')
  await dispatchedUpTo(fanOut, await side.log.head())
  const members = await fanOut.members(idOf(1))
  expect(members).toEqual(['founder', 'ann'])
  expect(await fanOut.members(idOf(1))).toBe(members)
  expect(await fanOut.members(idOf(99))).toBeUndefined()
  await fanOut.close()
  await side.close()
})
