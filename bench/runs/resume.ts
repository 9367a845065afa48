import { setTimeout as sleep } from 'node:timers/promises'
import { createCheckpoints } from '../../src/event-log/checkpoint.ts'
import { onlyLog } from '../../src/event-log/event-logs.ts'
import type { EventLog } from '../../src/ports/event-log.ts'
import type { OfferedLatencies } from '../load/open-loop.ts'
import { startGenerator } from '../load/start-generator.ts'
import type { Stormed } from '../load/storm.ts'
import { goalRow, number, type Row } from '../report/row.ts'
import { type ConversationSeed, seedConversation } from '../seed/conversation-seed.ts'
import { addMessages, startAll } from '../seed/fill-log.ts'
import type { Bench, BenchContext } from './bench.ts'
import { generatorCpu } from './duel.ts'
import { type Solo, withServer } from './solo.ts'

const membersOfGroup = 10
const events = 400
const livePerSecond = 50
const livePairs = 10

const usersOf = (groups: number): readonly string[] =>
  Array.from({ length: groups * membersOfGroup }, (_, index) => `storm-${index}`)

interface Away {
  readonly users: readonly string[]
  since: string
}

const seedAway = async (log: EventLog, away: Away): Promise<void> => {
  const { users } = away
  const seeds: ConversationSeed[] = Array.from({ length: users.length / membersOfGroup }, (_, index) =>
    seedConversation(index, users.slice(index * membersOfGroup, (index + 1) * membersOfGroup)),
  )
  await startAll(log, seeds)
  away.since = createCheckpoints(onlyLog(log)).encode([await log.head()])
  await addMessages(log, seeds, seeds.length * events)
}

/** The most memory that the server has, in MiB, while `work` goes on. */
const peakDuring = async <Result>(
  { backscroll }: Solo,
  work: Promise<Result>,
): Promise<{ done: Result; peak: number }> => {
  let peak = 0
  let over = false
  const watching = (async () => {
    while (!over) {
      peak = Math.max(peak, (await backscroll.child.usage()).rss / 1024 / 1024)
      await sleep(50)
    }
  })()
  const done = await work.finally(() => {
    over = true
  })
  await watching
  return { done, peak }
}

const measure = async (solo: Solo, away: Away, { progress, directory }: BenchContext): Promise<readonly Row[]> => {
  const { backscroll, generator } = solo
  const { url, rest } = backscroll
  const live = await startGenerator(`${directory}/keys`, generatorCpu)
  try {
    await live.call('openPairs', { server: { kind: 'backscroll', url, rest }, count: livePairs, prefix: 'live' })
    await live.call('openLoop', { prefix: 'live', rate: livePerSecond, seconds: 2 })
    await generator.call('introduce', { url, users: away.users })
    const before = await backscroll.child.usage()
    const talking = live.call<OfferedLatencies>('openLoop', { prefix: 'live', rate: livePerSecond, seconds: 15 })
    await sleep(1_000)
    const storm = generator.call<Stormed>('storm', { url, users: away.users, since: away.since, events })
    const { done, peak } = await peakDuring(solo, storm)
    const after = await backscroll.child.usage()
    const talked = await talking
    const cpu = after.user + after.system - before.user - before.system
    const count = away.users.length.toLocaleString('en-US')
    progress(`${count} devices: ${number(done.p99, 'ms')}, live ${number(talked.delivered.p99, 'ms')}`)
    return [
      goalRow(
        `${count} devices at once, ${events} events each: p50 / p99 until caught up`,
        done.p99 / 1000,
        's',
        { atMost: 10 },
        `${number(done.p50 / 1000, '')} / ${number(done.p99 / 1000, 's')}, ${done.refusals} times told to come later`,
      ),
      {
        figure: `Meanwhile, ${livePerSecond} messages/s of others: p50 / p99 / longest until delivered`,
        measured: `${number(talked.delivered.p50, '')} / ${number(talked.delivered.p99, '')} / ${number(talked.delivered.max, 'ms')}`,
      },
      {
        figure: 'CPU of the server for each event, all threads; its memory before and at most',
        measured: `${number((cpu / (away.users.length * events)) * 1e6, 'us')}; ${number(before.rss / 1024 / 1024, '')} and ${number(peak, 'MiB')}`,
      },
    ]
  } finally {
    await live.stop()
  }
}

export const resume: Bench = {
  name: 'resume',
  title: 'Everybody comes back at once',
  method:
    'Devices of as many users, in groups of 10, whose server was away: all of them connect with their checkpoint at the same moment, and the time of each counts from that moment until `caught_up`, with handshakes, waiting and refusals. Beside them 10 pairs talk, whose messages are due at fixed times.',
  run: async (context) => {
    const away: Away = { users: usersOf(context.quick ? 30 : 300), since: '' }
    return withServer(
      context.directory,
      (log) => seedAway(log, away),
      (solo) => measure(solo, away, context),
    )
  },
}
