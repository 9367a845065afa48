import { limits } from '@backscroll/protocol/limits'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCheckpoint } from '../../../../src/event-log/checkpoint.ts'
import { logName } from '../../../../src/event-log/event-logs.ts'
import { at, bandStart, logOf, type Positions, startOf } from '../../../../src/event-log/positions.ts'
import { LogError } from '../../../../src/ports/errors/log-error.ts'
import type { EventLog, RecordedEvent } from '../../../../src/ports/event-log.ts'
import type { EncodedPage } from '../../../../src/projections/sync/sync-service.ts'
import { eventually } from '../../../support/client/client-world.ts'
import { refusal } from '../../../support/projections/error-code.ts'
import { textsOf } from '../../../support/projections/event-texts.ts'
import { createTruth, play, type Truth, users, visibleTo } from '../../../support/projections/membership-history.ts'
import { idOf, openConversation } from '../../../support/projections/read-side.ts'
import { openSeveralLogs, type SeveralLogs } from '../../../support/projections/several-logs.ts'

const logs = 3
const conversationCount = 7

type Step =
  | { readonly kind: 'send' | 'react' | 'join' | 'part'; readonly conversation: number; readonly user: number }
  | { readonly kind: 'gate'; readonly opens: boolean; readonly log: number }
  /** The device asks for pages; after `pages` of them it is cut off. Perhaps a log goes away between two pages. */
  | { readonly kind: 'sync'; readonly limit: number; readonly pages: number; readonly loses: number }

const place = { conversation: fc.nat(conversationCount - 1), user: fc.nat(users.length - 1) }
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constantFrom('send' as const, 'react' as const), ...place }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('join' as const, 'part' as const), ...place }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('gate' as const), opens: fc.boolean(), log: fc.nat(logs - 1) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('sync' as const),
      limit: fc.integer({ min: 1, max: 6 }),
      pages: fc.integer({ min: 1, max: 12 }),
      // An index beyond the logs: none.
      loses: fc.nat(logs * 3),
    }),
  },
)

const keyOf = (text: string) => {
  const event: { stream: { id: string }; revision: number; position: string } = JSON.parse(text)
  return { key: `conversation-${event.stream.id}@${event.revision}`, log: logOf(BigInt(event.position)) }
}

const eventsOf = async (log: EventLog): Promise<readonly RecordedEvent[]> => log.readAll(0n, 100_000)

/** A device, and what it must hold at each of its checkpoints. */
const createDevice = (world: SeveralLogs, truths: readonly Truth[], user: string) => {
  const got: string[][] = Array.from({ length: logs }, () => [])
  let since: Positions = startOf(logs)

  const take = async (page: EncodedPage): Promise<void> => {
    const next = parseCheckpoint(page.checkpoint, world.seen.epoch, logs)?.positions ?? []
    expect(page.upTo).toEqual(next)
    for (const { key, log } of textsOf(page).map(keyOf)) got[log]?.push(key)
    for (const [index, log] of world.all.logs.entries()) {
      expect(at(next, index)).toBeGreaterThanOrEqual(at(since, index))
      const covered = (await eventsOf(log)).filter(({ position }) => position <= at(next, index))
      // No gap and nothing beyond: of each log exactly what its component says, in its order.
      expect(got[index]).toEqual(visibleTo(user, covered, truths))
    }
    since = next
  }

  return {
    take,
    since: () => world.sync.checkpoint(since),
    positions: () => since,
    got: () => got,
  }
}

const playSync = async (
  world: SeveralLogs,
  device: ReturnType<typeof createDevice>,
  away: Set<number>,
  { limit, pages, loses }: Extract<Step, { kind: 'sync' }>,
) => {
  if (away.size === logs) {
    await expect(world.sync.resume(user, device.since())).rejects.toBeInstanceOf(LogError)
    return
  }
  const before = device.positions()
  const heads = await Promise.all(world.all.logs.map((log) => log.head()))
  const wasAway = new Set(away)
  const cursor = await world.sync.resume(user, device.since())
  for (let n = 0; n < pages; n += 1) {
    const page = await cursor.next(limit)
    const degraded = page.degraded ?? []
    await device.take(page)
    for (const index of wasAway) {
      expect(degraded).toContain(logName(index))
      expect(at(device.positions(), index)).toBe(at(before, index))
    }
    if (!page.more) {
      for (const [index, head] of heads.entries())
        if (!degraded.includes(logName(index))) expect(at(page.upTo, index)).toBeGreaterThanOrEqual(head)
      return
    }
    if (n === 0 && loses < logs) {
      away.add(loses)
      world.gates[loses]?.away()
    }
  }
}

const user = 'ann'

test('P4: over several logs, of which some are away, checkpoints stand for exactly what came, the others go on, and nothing is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }),
      fc.boolean(),
      async (history, near) => {
        const world = await openSeveralLogs(logs, near)
        const write = { ...world.all.logs[0], append: world.all.append, readStream: world.all.readStream } as EventLog
        const truths = Array.from({ length: conversationCount }, (_, n) => createTruth(openConversation(write, n + 1)))
        for (const truth of truths) await truth.begin()
        const device = createDevice(world, truths, user)
        const away = new Set<number>()
        for (const one of history) {
          if (one.kind === 'gate') {
            const gate = world.gates[one.log]
            if (one.opens) gate?.back()
            else gate?.away()
            if (one.opens) away.delete(one.log)
            else away.add(one.log)
          } else if (one.kind === 'sync') await playSync(world, device, away, one)
          else await play(truths, one)
        }
        for (const gate of world.gates) gate.back()
        await eventually(() => world.sync.silent().length === 0, 'all logs answer again')
        for (let more = true; more; ) {
          const page = await world.sync.page(user, device.since(), 100)
          await device.take(page)
          more = page.more
          expect(page.degraded).toBeUndefined()
        }
        for (const [index, log] of world.all.logs.entries())
          expect(device.got()[index]).toEqual(visibleTo(user, await eventsOf(log), truths))
        await world.close()
      },
    ),
    { numRuns: 15 },
  )
}, 120_000)

const openWorld = async () => {
  const world = await openSeveralLogs(logs, false)
  const write = { ...world.all.logs[0], append: world.all.append, readStream: world.all.readStream } as EventLog
  const settled = async () => {
    for (const log of world.all.logs) await world.watermark.reached(await log.head(), 5_000)
  }
  return { world, write, settled, since: world.sync.checkpoint(startOf(logs)) }
}

const logOfConversation = (world: SeveralLogs, n: number) => world.all.logOf(`conversation-${idOf(n)}`)

test('a page goes from one log to the next, and a receipt comes in the first page whose checkpoint covers it', async () => {
  const { world, write, since } = await openWorld()
  const all = Array.from({ length: 12 }, (_, n) => openConversation(write, n + 1))
  for (const one of all) {
    await one.start('ann', ['bob'])
    await one.send('ann', 'AAAA')
    await one.receipts([{ user: 'bob', delivered: 1 }], 10)
  }
  const pages: EncodedPage[] = []
  const cursor = await world.sync.resume('ann', since)
  do pages.push(await cursor.next(4))
  while (pages.at(-1)?.more)
  expect(pages.flatMap(textsOf)).toHaveLength(24)
  expect(pages.map(({ events }) => events.count)).toEqual([4, 4, 4, 4, 4, 4])
  expect(pages.some((page) => new Set(textsOf(page).map((text) => keyOf(text).log)).size > 1)).toBe(true)
  const receipts = pages.flatMap((page) => page.receipts.map(({ conversationId }) => ({ conversationId, page })))
  expect(new Set(receipts.map(({ conversationId }) => conversationId)).size).toBe(12)
  expect(receipts).toHaveLength(12)
  for (const { conversationId, page } of receipts) {
    const log = world.all.logs[world.all.logOf(`receipts-${conversationId}`)]
    const events = (await log?.readStream({ stream: `receipts-${conversationId}`, limit: 10 })) ?? []
    for (const { position } of events) expect(at(page.upTo, logOf(position))).toBeGreaterThanOrEqual(position)
  }
  await world.close()
})

test('C3: what is too much to resume is too much over all logs together', async () => {
  const { world, write, since } = await openWorld()
  const most = limits.resume.conversations
  const all = Array.from({ length: most }, (_, n) => openConversation(write, n + 1))
  for (const one of all) await one.start('ann', [])
  const owners = new Set(all.map((_, n) => logOfConversation(world, n + 1)))
  expect(owners.size).toBe(logs)
  expect(await refusal(world.sync.resume('ann', since))).toBe('accepted')
  await openConversation(write, most + 1).start('ann', [])
  expect(await refusal(world.sync.resume('ann', since))).toBe('snapshot_required')
  await world.close()
})

test('C3: a checkpoint beyond the end of a single log is snapshot_required; while that log is away it stays what it is', async () => {
  const { world } = await openWorld()
  const beyond = world.sync.checkpoint(startOf(logs).with(1, bandStart(1) + 1n))
  expect(await refusal(world.sync.resume('ann', beyond))).toBe('snapshot_required')
  world.gates[1]?.away()
  const page = await world.sync.page('ann', beyond, 10)
  expect(page).toMatchObject({ checkpoint: beyond, more: false, degraded: ['log-1'] })
  await world.close()
})

test('a snapshot has the conversations of all logs, the newest first, busy ones included, and leads on to what follows', async () => {
  const { world, write, settled } = await openWorld()
  const all = Array.from({ length: 30 }, (_, n) => openConversation(write, n + 1, 1_000 * (n + 1)))
  for (const one of all) await one.start('ann', ['bob'])
  const found: string[] = []
  let cursor: string | undefined
  let checkpoint = ''
  do {
    const page = await world.snapshot('ann', { cursor, limit: 4 })
    found.push(...page.conversations.map(({ conversation }) => conversation.conversationId))
    checkpoint = page.checkpoint
    cursor = page.cursor
    // One that was not shown yet becomes the newest of all.
    if (found.length === 8) await all[3]?.send('bob', 'AAAA', 99_000)
    await settled()
  } while (cursor !== undefined)
  const others = Array.from({ length: 30 }, (_, n) => 30 - n).filter((n) => n !== 4)
  expect(found).toEqual([...others, 4].map(idOf))
  const page = await world.sync.page('ann', checkpoint, 100)
  expect(textsOf(page).map((text) => keyOf(text).key)).toEqual([`${all[3]?.stream}@1`])
  await world.close()
})

test('a snapshot waits until all logs are there: a device that has nothing yet has nowhere to begin otherwise', async () => {
  const { world, write } = await openWorld()
  await openConversation(write, 1).start('ann', [])
  world.gates[2]?.away()
  expect(await refusal(world.snapshot('ann', { limit: 10 }))).toBe('unavailable')
  await world.close()
})

test('the inbox is in the order of time over all logs, and a stream is read up to what the views know of its own log', async () => {
  const { world, write, settled } = await openWorld()
  const all = Array.from({ length: 9 }, (_, n) => openConversation(write, n + 1, 10_000 - 1_000 * n))
  for (const one of all) await one.start('ann', ['bob'])
  await all[8]?.send('bob', 'AAAA', 50_000)
  await settled()
  const found: string[] = []
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page: Awaited<ReturnType<typeof world.queries.inbox>> = await world.queries.inbox('ann', {
      cursor: cursor || undefined,
      limit: 2,
    })
    found.push(...page.items.map(({ conversation }) => conversation.conversationId))
    cursor = page.cursor
  }
  expect(found).toEqual([9, 1, 2, 3, 4, 5, 6, 7, 8].map(idOf))
  const { events } = await world.queries.streamEvents('ann', idOf(9), 0, 10)
  expect(events).toHaveLength(2)
  await world.close()
})

test('an inbox goes on without the last messages of a log that is away', async () => {
  const { world, write, settled } = await openWorld()
  const all = Array.from({ length: 6 }, (_, n) => openConversation(write, n + 1))
  for (const one of all) {
    await one.start('ann', ['bob'])
    await one.send('bob', 'AAAA')
  }
  await settled()
  world.gates[1]?.away()
  const { items } = await world.queries.inbox('ann', { limit: 10 })
  expect(items).toHaveLength(6)
  for (const { conversation, lastMessage } of items)
    expect(lastMessage === null).toBe(world.all.logOf(`conversation-${conversation.conversationId}`) === 1)
  await world.close()
})
