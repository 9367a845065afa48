import { setTimeout as sleep } from 'node:timers/promises'
import type { EventLog } from '../../src/ports/event-log.ts'
import type { PresentOptions, ToldPresence } from '../load/presence.ts'
import { goalRow, number, type Row } from '../report/row.ts'
import { seedConversation } from '../seed/conversation-seed.ts'
import { startAll } from '../seed/fill-log.ts'
import type { Bench, BenchContext } from './bench.ts'
import { type Solo, withServer } from './solo.ts'

/** Users whom each watcher watches; it shares a group with them. */
const watchedOfEach = 200
/** One in this many users loses the connection and is back before it counts as gone. */
const backAtOnce = 50
/** Longer than it takes until every watcher has been told. */
const settleMs = 8_000
/** Longer than a user stays online after the connection ended. */
const goneMs = 25_000

interface Watcher {
  readonly user: string
  readonly watched: readonly string[]
}

const watchersOf = (count: number): readonly Watcher[] =>
  Array.from({ length: count }, (_, index) => ({
    user: `watcher-${index}`,
    watched: Array.from({ length: watchedOfEach }, (__, number) => `present-${index}-${number}`),
  }))

const seed = async (log: EventLog, watchers: readonly Watcher[]): Promise<void> =>
  startAll(
    log,
    watchers.map(({ user, watched }, index) => seedConversation(index, [user, ...watched])),
  )

const measure = async (
  solo: Solo,
  watchers: readonly Watcher[],
  { progress }: BenchContext,
): Promise<readonly Row[]> => {
  const { backscroll, generator } = solo
  const { url } = backscroll
  const users = watchers.flatMap(({ watched }) => watched)
  const cpu = async (): Promise<number> => {
    const { user, system } = await backscroll.child.usage()
    return user + system
  }
  const told = () => generator.call<ToldPresence>('toldPresence', {})

  /** CPU seconds from the first connection until every watcher has been told. */
  const storm = async (activity: PresentOptions['activity'], some = users) => {
    const before = await cpu()
    const ms = await generator.call<number>('openPresent', { url, users: some, activity })
    await sleep(settleMs)
    const used = (await cpu()) - before
    progress(`${some.length} users, ${activity}: connected in ${number(ms, 'ms')}, ${number(used, 's of CPU')}`)
    return used
  }

  // Creates the accounts and warms everything up. Nobody watches yet.
  await storm('away')
  await generator.call('closePresent', {})
  await generator.call('openWatchers', { url, watchers })
  await told()

  const came = await storm('active')
  const first = await told()
  const blinking = users.slice(0, users.length / backAtOnce)
  await storm('active', blinking)
  const again = await told()
  await generator.call('closePresent', {})
  await sleep(goneMs)
  const gone = await told()
  const floor = await storm('away')
  const count = users.length.toLocaleString('en-US')
  const perUser = (seconds: number) => (seconds / users.length) * 1e6
  return [
    goalRow(
      `${count} users come online at once: updates of a watcher of ${watchedOfEach}, at most`,
      first.mostChanges,
      '',
      { atMost: watchedOfEach },
      `${first.mostChanges} in ${first.mostFrames} frames`,
    ),
    goalRow(
      `${blinking.length.toLocaleString('en-US')} of them lose their connection, and are back within ten seconds: updates`,
      again.changes,
      '',
      { atMost: 0 },
      String(again.changes),
    ),
    goalRow(
      'They all go for good: updates of a watcher, at most',
      gone.mostChanges,
      '',
      { atMost: watchedOfEach },
      `${gone.mostChanges} in ${gone.mostFrames} frames`,
    ),
    {
      figure: 'CPU of the server for each user who comes online, with the connection',
      measured: number(perUser(came), 'us'),
      floor: `${number(perUser(floor), 'us')} (one who says to be away, of whom nobody is told)`,
    },
  ]
}

export const presence: Bench = {
  name: 'presence',
  title: 'Everybody comes online at once',
  method:
    'As many users connect as fast as the server takes them, 50 handshakes at a time, while others, each in a group with 200 of them, watch these 200. Then some lose their connections and come back at once, and at last all stay away. CPU counts from the first connection until eight seconds after the last.',
  run: async (context) => {
    const watchers = watchersOf(context.quick ? 5 : 50)
    return withServer(
      context.directory,
      (log) => seed(log, watchers),
      (solo) => measure(solo, watchers, context),
    )
  },
}
