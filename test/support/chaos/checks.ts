import { setTimeout as sleep } from 'node:timers/promises'
import { conversationsOf, type Interval, intervalsOf, type LoggedEvent } from '../server/log.ts'
import type { ChaosDevice } from './device.ts'

type Streams = ReadonlyMap<string, readonly LoggedEvent[]>

/**
 * A membership that was over before the device began with its snapshot leaves nothing to tell. One that ended while the snapshot was on its
 * way may be told or not.
 */
const isOver = ({ journal }: ChaosDevice, id: string, { events, ended }: Interval): boolean => {
  const told = journal.of(id).some(({ revision }) => events.some((event) => event.revision === revision))
  return ended && !told && journal.wasBeforeSnapshot(events.at(-1)?.position ?? 0)
}

/** What a device may see of a conversation, beyond what came with its snapshot. */
const visibleTo = (device: ChaosDevice, id: string, stream: readonly LoggedEvent[]): readonly LoggedEvent[] =>
  intervalsOf(stream, device.userId)
    .filter((interval) => !isOver(device, id, interval))
    .flatMap(({ events }) => events)
    .filter(({ revision }) => revision > device.journal.base(id))

const revisions = (list: readonly { readonly revision: number }[]): string =>
  list.map(({ revision }) => revision).join(' ')

/** P4: the device's log has the revisions of the visible part, in their order. */
export const notCaughtUp = (device: ChaosDevice, streams: Streams): string[] =>
  [...streams].flatMap(([id, stream]) => {
    const [seen, visible] = [revisions(device.journal.of(id)), revisions(visibleTo(device, id, stream))]
    return seen === visible ? [] : [`${device.userId}/${device.deviceId} in ${id}: has ${seen}, may see ${visible}`]
  })

/** The same content, not only the same revisions. A body that was deleted later may have been seen. */
const differsFrom = (device: ChaosDevice, id: string, logged: LoggedEvent): string[] => {
  const seen = device.journal.of(id).find(({ revision }) => revision === logged.revision)
  if (seen === undefined) return []
  const { ciphertext, ...data } = { ciphertext: undefined, ...seen.event.data }
  const isOwn = logged.userId === device.userId && logged.deviceId === device.deviceId
  // For its own events a device knows what the answer said: a place that contains them.
  const position = Number(seen.event.position)
  const isThere = position === logged.position || (isOwn && position > logged.position)
  const byThem = seen.event.actor.deviceId === logged.deviceId && seen.event.actor.userId === logged.userId
  const same =
    byThem &&
    seen.event.type === logged.type &&
    seen.event.at === logged.at &&
    isThere &&
    sortedJson(data) === sortedJson(logged.data) &&
    // A message that was sent again was sealed again: the server keeps the one, its sender may have the other.
    (logged.body === null || isOwn || ciphertext === logged.body)
  return same
    ? []
    : [
        `${device.userId}/${device.deviceId} saw ${id}@${logged.revision} as ${JSON.stringify(seen.event)}, logged ${JSON.stringify(logged)}`,
      ]
}

const sortedJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )

const contentOf = (device: ChaosDevice, streams: Streams): string[] =>
  [...streams].flatMap(([id, stream]) =>
    visibleTo(device, id, stream).flatMap((logged) => differsFrom(device, id, logged)),
  )

/** P5: what a device reads is what was sent. Nothing is what it reads of messages from before it came into the group. */
const readOtherwise = (device: ChaosDevice, texts: ReadonlyMap<string, string>): string[] =>
  device.journal.conversations().flatMap((id) =>
    device.journal.of(id).flatMap(({ event, plaintext, revision }) => {
      const text = 'messageId' in event.data ? texts.get(event.data.messageId) : undefined
      const wrong =
        plaintext !== undefined && text !== undefined && plaintext !== text && event.type !== 'MessageDeleted'
      return wrong ? [`${device.userId}/${device.deviceId} reads ${id}@${revision} as ${plaintext}, not ${text}`] : []
    }),
  )

/** P1 and P2: what became of each command that the application gave. */
const outcomesOf = (device: ChaosDevice, streams: Streams): string[] =>
  device.given.flatMap(({ messageId, conversationId, outcome, text }) => {
    const say = (what: string) => [
      `${device.userId}/${device.deviceId}: ${text ?? 'a command'} in ${conversationId} ${what}`,
    ]
    if (outcome.kind === 'waiting') return say('was never settled')
    if (messageId === undefined) return []
    const found = (streams.get(conversationId) ?? []).filter(({ data }) => data.messageId === messageId)
    const failed = device.journal.failed.has(messageId)
    if (found.length > 1) return say(`is there ${found.length} times`)
    if (outcome.kind === 'accepted')
      return found[0]?.revision === outcome.revision
        ? []
        : say(`was accepted at ${outcome.revision}, is at ${found[0]?.revision}`)
    if (found.length > 0) return outcome.kind === 'rejected' || failed ? say('was rejected and is there') : []
    if (outcome.kind === 'rejected') return failed ? [] : say('was rejected, but not told as failed')
    const mustBeThere = outcome.kind === 'stopped' || device.held.has(messageId)
    return mustBeThere && !failed ? say(`was stored (${outcome.kind}) and is lost`) : []
  })

const numberOf = (text: string): number => Number(text.split('/')[2])

/** P3: a device's messages of one conversation stand in the order in which it sent them. */
const ordersOf = (device: ChaosDevice, streams: Streams): string[] =>
  [...streams].flatMap(([id, stream]) => {
    const texts = new Map(device.given.map(({ messageId, text }) => [messageId, text]))
    const sent = stream.flatMap(({ data }) => {
      const text = typeof data.messageId === 'string' ? texts.get(data.messageId) : undefined
      return text === undefined ? [] : [numberOf(text)]
    })
    const sorted = sent.toSorted((a, b) => a - b)
    return sent.join() === sorted.join()
      ? []
      : [`${device.userId}/${device.deviceId} in ${id}: sent in another order: ${sent}`]
  })

/** Revisions have no holes, and no event id stands twice in a stream. */
const streamsOf = (streams: Streams): string[] =>
  [...streams].flatMap(([id, stream]) => {
    const holes = stream.some(({ revision }, index) => revision !== index)
      ? [`${id} has holes: ${revisions(stream)}`]
      : []
    const ids = new Set(stream.map((event) => event.id))
    return ids.size === stream.length ? holes : [...holes, `${id} holds an event id twice`]
  })

/** Every breach of P1 to P4 once all devices have caught up. */
export const breachesOf = (devices: readonly ChaosDevice[], log: readonly LoggedEvent[]): string[] => {
  const streams = conversationsOf(log)
  const texts = new Map(devices.flatMap(({ given }) => given.map(({ messageId = '', text = '' }) => [messageId, text])))
  const perDevice = devices.flatMap((device) => [
    ...device.journal.breaches,
    ...notCaughtUp(device, streams),
    ...contentOf(device, streams),
    ...outcomesOf(device, streams),
    ...ordersOf(device, streams),
    ...readOtherwise(device, texts),
  ])
  return [...streamsOf(streams), ...perDevice]
}

/** The breaches of P4 over REST: what the server tells each user of the stream is the visible part as well. */
const servedOtherwise = async (
  users: readonly string[],
  log: readonly LoggedEvent[],
  historyOf: (user: string, id: string) => Promise<readonly { readonly revision: number }[]>,
): Promise<string[]> => {
  const breaches: string[] = []
  for (const [id, stream] of conversationsOf(log))
    for (const user of users) {
      const visible = intervalsOf(stream, user).flatMap(({ events }) => events)
      const served = await historyOf(user, id)
      if (revisions(served) !== revisions(visible))
        breaches.push(`${user} is served ${revisions(served)} of ${id}, may see ${revisions(visible)}`)
    }
  return breaches
}

export interface ServedAtRest {
  /** The log that was compared with what was served. */
  readonly log: readonly LoggedEvent[]
  readonly otherwise: readonly string[]
}

const viewsPatienceMs = 20_000

/**
 * P4 once more, over REST. Live events do not wait for the views, and a device that came back may still put its groups
 * in order, so what differs is compared again for a while: an event that is late is served then, one that is lost is not.
 */
export const servedAtRest = async (
  users: readonly string[],
  readLog: () => Promise<readonly LoggedEvent[]>,
  historyOf: Parameters<typeof servedOtherwise>[2],
): Promise<ServedAtRest> => {
  const end = performance.now() + viewsPatienceMs
  for (;;) {
    const log = await readLog()
    const otherwise = await servedOtherwise(users, log, historyOf)
    if (otherwise.length === 0 || performance.now() > end) return { log, otherwise }
    await sleep(100)
  }
}
