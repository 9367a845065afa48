import { conversation } from '@backscroll/protocol/rest/conversations'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { z } from 'zod'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import { dataOf } from '../events/group-event-data.ts'
import type { Plaintexts } from '../records/plaintexts.ts'
import type { Rest } from '../rest/rest-client.ts'
import { cachedRecords } from '../stores/cached-records.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { Clock } from '../time/clock.ts'
import type { ServerTime } from '../time/server-time.ts'

export interface RetentionDeps {
  readonly plaintexts: Plaintexts
  /** Drops some of what else is stored about messages from before a time; empty when there is nothing. */
  readonly expireKept: (conversationId: string, before: number, upTo: number) => Promise<readonly StoreChange[]>
  readonly rest: Pick<Rest, 'read'>
  readonly clock: Clock
  readonly time: Pick<ServerTime, 'earliest'>
  /** Stores what was dropped. */
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  readonly onError: (thrown: unknown) => void
}

/**
 * How long a conversation's messages last, in seconds; null: for ever. The server serves none that is older, and
 * this device keeps none.
 */
export interface Retention {
  /**
   * An event may change it, or say what has expired by it; answers what to store. No event drops what the setting and
   * the dates do not: events are the server's word.
   */
  event(event: WireEvent): Promise<readonly StoreChange[]>
  /** As the server tells it in a snapshot. */
  facts(conversationId: string, seconds: number | null): readonly StoreChange[]
  /** Drops what has expired, now and whenever something expires. */
  start(): Promise<void>
  /** Asks for the settings of conversations that this device joined later, and was not told. */
  askMissing(): Promise<void>
  /** Messages from before this time, in milliseconds since the Unix epoch, have expired. Undefined: none do. */
  expiresBefore(conversationId: string): number | undefined
  /** What has expired until now is dropped. */
  sweep(): Promise<void>
  stop(): void
}

const seconds = z.int().nullable()
const keyOf = (id: string): string => `retention/${id}`
/** What has expired by the server's date, under a setting that may be another by now. */
const lapse = z.object({ upTo: z.int(), seconds: z.int(), at: z.number() })
type Lapse = z.output<typeof lapse>
const lapseKey = (id: string): string => `lapsed/${id}`
const [soonestMs, latestMs] = [1_000, 60_000]
/** What was on its way to the application when it expired has come in by then. */
const settledMs = 3_600_000

export const loadRetention = (stored: ReadonlyMap<string, unknown>, deps: RetentionDeps): Retention => {
  const { plaintexts, clock, time } = deps
  const known = new Map<string, number | null>()
  const lapses = new Map<string, Lapse>(cachedRecords(stored, lapseKey(''), lapse))
  for (const [id, value] of cachedRecords(stored, keyOf(''), seconds)) known.set(id, value)
  let cancel = () => {}
  let stopped = false

  const facts = (id: string, value: number | null): readonly StoreChange[] => {
    if (known.get(id) === value) return []
    known.set(id, value)
    plan()
    return [{ key: keyOf(id), value }]
  }
  /** Some at a time, stored before the next. */
  const untilNone = async (drop: () => Promise<readonly StoreChange[]>) => {
    for (let changes = await drop(); changes.length > 0 && !stopped; changes = await drop()) await deps.write(changes)
  }
  const expire = async (id: string, before: number, upTo = Number.POSITIVE_INFINITY) => {
    await untilNone(() => plaintexts.expire(id, before, upTo))
    await untilNone(() => deps.expireKept(id, before, upTo))
  }
  const putLapse = (id: string, value: Lapse | undefined): readonly StoreChange[] => {
    if (value === undefined) lapses.delete(id)
    else lapses.set(id, value)
    return [{ key: lapseKey(id), value }]
  }
  const expireLapsed = async (id: string, one: Lapse) => {
    const now = time.earliest()
    await expire(id, Math.min(now, one.at) - one.seconds * 1000, one.upTo)
    if (now - settledMs > one.at && lapses.get(id) === one) await deps.write(putLapse(id, undefined))
  }
  const sweep = async () => {
    for (const [id, value] of known) if (value !== null) await expire(id, time.earliest() - value * 1000)
    for (const [id, one] of lapses) await expireLapsed(id, one)
  }
  /** A message is dropped after at most half of its time more, and at most a minute. */
  const next = () => {
    const shortest = Math.min(...[...known.values()].flatMap((value) => value ?? []))
    return Math.min(latestMs, Math.max(soonestMs, shortest * 500))
  }
  const plan = () => {
    cancel()
    if (!stopped) cancel = clock.after(next(), () => void start())
  }
  const start = async () => {
    await sweep().catch(deps.onError)
    plan()
  }
  /** A conversation that this user has left has no setting to tell. */
  const unlessGone = (thrown: unknown) => {
    if (toBackscrollError(thrown).code !== 'not_found') deps.onError(thrown)
  }
  const ask = async (id: string) => {
    const path = `/conversations/${encodeURIComponent(id)}`
    const found = await deps.rest.read({ path, query: {}, schema: conversation })
    if (!known.has(id)) await deps.write(facts(id, found.conversation.retentionSeconds))
  }
  /** A device whose date is behind drops it later, even if the setting was taken back by then. */
  const lapsed = async ({ stream, at }: WireEvent, upTo: number): Promise<readonly StoreChange[]> => {
    const value = known.get(stream.id) ?? null
    if (value === null) return []
    const one = { upTo, seconds: value, at }
    const changes = putLapse(stream.id, one)
    await expireLapsed(stream.id, one)
    return changes
  }
  return {
    event: async (event) => {
      const changed = dataOf(event, 'RetentionChanged')
      if (changed !== undefined) return facts(event.stream.id, changed.seconds)
      const expired = dataOf(event, 'MessagesExpired')
      if (expired !== undefined) return lapsed(event, expired.upTo)
      return event.type === 'ConversationStarted' ? facts(event.stream.id, null) : []
    },
    facts,
    start,
    askMissing: async () => {
      for (const id of plaintexts.conversations()) if (!known.has(id) && !stopped) await ask(id).catch(unlessGone)
    },
    expiresBefore: (id) => {
      const value = known.get(id) ?? null
      return value === null ? undefined : time.earliest() - value * 1000
    },
    sweep,
    stop: () => {
      stopped = true
      cancel()
    },
  }
}
