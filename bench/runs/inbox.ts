import { createCheckpoints } from '../../src/event-log/checkpoint.ts'
import { onlyLog } from '../../src/event-log/event-logs.ts'
import type { EventLog } from '../../src/ports/event-log.ts'
import type { Resumed } from '../load/resume.ts'
import { goalRow, percentile, type Row } from '../report/row.ts'
import { seedConversation } from '../seed/conversation-seed.ts'
import { addMessages, startAll } from '../seed/fill-log.ts'
import type { Bench, BenchContext } from './bench.ts'
import { type Solo, withServer } from './solo.ts'

const user = 'busy'
const conversations = 5000
const moved = 200

/** Returns the checkpoint before `moved` conversations got one more message. */
const seedBusyUser = async (log: EventLog): Promise<string> => {
  const seeds = Array.from({ length: conversations }, (_, index) =>
    seedConversation(index, [user, `peer-${index % 50}`]),
  )
  await startAll(log, seeds)
  await addMessages(log, seeds, 3 * conversations)
  const since = createCheckpoints(onlyLog(log)).encode([await log.head()])
  const every = conversations / moved
  await addMessages(
    log,
    seeds.filter((_, index) => index % every === 0),
    moved,
  )
  return since
}

const timesOf = async (count: number, one: () => Promise<void>): Promise<readonly number[]> => {
  const times: number[] = []
  for (let i = 0; i < count; i += 1) {
    const start = performance.now()
    await one()
    times.push(performance.now() - start)
  }
  return times
}

const row = (figure: string, times: readonly number[], atMost: number): Row => {
  const [p50, p99] = [percentile(times, 50), percentile(times, 99)]
  const measured = `${p50.toFixed(1)} / ${p99.toFixed(1)} ms`
  return goalRow(`${figure}: p50 / p99`, p99, 'ms', { atMost }, measured)
}

const measure = async (
  { backscroll, generator }: Solo,
  since: string,
  { quick, progress }: BenchContext,
): Promise<readonly Row[]> => {
  const headers = { authorization: `Bearer ${await generator.call<string>('token', { user })}` }
  const readInbox = async (): Promise<void> => {
    const answer = await fetch(`${backscroll.rest}/inbox?limit=50`, { headers })
    if (!answer.ok) throw new Error(`GET /inbox: ${answer.status}`)
    await answer.arrayBuffer()
  }
  const resumeOnce = async (): Promise<void> => {
    const { events } = await generator.call<Resumed>('resume', { url: backscroll.url, user, since })
    if (events !== moved) throw new Error(`${events} events instead of ${moved}`)
  }
  const count = quick ? 30 : 200
  await timesOf(10, readInbox)
  const inboxTimes = await timesOf(count, readInbox)
  progress('inbox done')
  await timesOf(5, resumeOnce)
  const resumeTimes = await timesOf(count, resumeOnce)
  return [
    row('First page of the inbox, by REST', inboxTimes, 50),
    row('Resume when 200 conversations have moved', resumeTimes, 300),
  ]
}

export const inbox: Bench = {
  name: 'inbox',
  title: 'A user with 5,000 conversations',
  method:
    'One request after the other. The inbox is `GET /inbox?limit=50`; a resume goes from a new socket with its handshake to `caught_up`.',
  run: async (context) => {
    let since = ''
    return withServer(
      context.directory,
      async (log) => {
        since = await seedBusyUser(log)
      },
      (solo) => measure(solo, since, context),
    )
  },
}
