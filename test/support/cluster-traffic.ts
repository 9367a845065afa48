import { setTimeout as sleep } from 'node:timers/promises'
import type { CoreClient } from '../../src/client/client-api.ts'
import { createClient } from '../../src/client/create-client.ts'
import { createMemoryStore } from '../../src/client/memory-store.ts'
import { openChaosProxy } from './chaos-proxy.ts'
import type { Fleet } from './cluster-fleet.ts'
import type { ClusterWorld } from './cluster-world.ts'
import { openTokens } from './server-tokens.ts'

interface Message {
  readonly text: string
  readonly sender: string
  readonly recipient: string
  readonly at: number
  acknowledged: boolean
  /** When each user's device showed it. */
  readonly shown: Map<string, number>
}

/** How long after a trouble began, milliseconds. */
export interface Recovery {
  /** Until everything that is sent is shown within a second again. */
  readonly live: number
  /** Until everything that was sent before is shown to everybody. */
  readonly caughtUp: number
}

/** Users of the SDK who write to each other all the time, in pairs of which each is behind another gateway: enough of them for all partitions to have work. */
export interface ClusterTraffic {
  /** Waits until what is sent arrives as it should; `since` is when a trouble began (performance.now()). Rejects after two minutes. */
  recovered(since: number): Promise<Recovery>
  /** Stops sending and waits until all is acknowledged and shown. */
  finish(): Promise<void>
  readonly messages: readonly Message[]
  readonly pairs: readonly (readonly [string, string])[]
  /** Texts in the order in which the user's device showed them. */
  shownTo(user: string): readonly string[]
  /** Of commands that were given up. */
  readonly failures: readonly string[]
  close(): Promise<void>
}

const pairs = [
  ['ann', 'bob'],
  ['cid', 'dan'],
  ['eve', 'fay'],
  ['gus', 'hal'],
] as const
const everyMs = 250
const promptMs = 1_000
const patienceMs = 120_000

/** Waits until it is so; tells what was waited for when it takes too long. */
const until = async (isSo: () => boolean, what: () => string): Promise<void> => {
  const end = performance.now() + patienceMs
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`Waited too long for ${what()}`)
    await sleep(20)
  }
}

/** As a load balancer does: the preferred one while it runs, else another. */
const running = ({ gateways }: Fleet, preferred: number): number => {
  const found = [gateways[preferred], ...gateways].find((one) => one?.process.running())
  return Number(new URL((found ?? gateways[0])?.process.url ?? '').port)
}

export const openClusterTraffic = async (world: ClusterWorld, fleet: Fleet): Promise<ClusterTraffic> => {
  const tokens = await openTokens(world.directory)
  const messages: Message[] = []
  const byText = new Map<string, Message>()
  const shown = new Map<string, string[]>(pairs.flat().map((user) => [user, []]))
  const failures: string[] = []
  const proxies = await Promise.all([0, 1].map((index) => openChaosProxy(() => running(fleet, index))))

  const open = async (user: string, index: number): Promise<CoreClient> => {
    const client = await createClient({
      url: proxies[index]?.url ?? '',
      userId: user,
      deviceId: 'phone',
      token: () => tokens(user),
      store: createMemoryStore(),
    })
    client.on('message', ({ content }) => {
      const text = content?.type === 'text' ? content.body.text : ''
      shown.get(user)?.push(text)
      byText.get(text)?.shown.set(user, performance.now())
    })
    client.start()
    await client.whenLive()
    return client
  }
  const writers = await Promise.all(
    pairs.flatMap(([one, other]) => [
      open(one, 0).then((client) => ({ client, user: one, peer: other })),
      open(other, 1).then((client) => ({ client, user: other, peer: one })),
    ]),
  )
  const clients = writers.map(({ client }) => client)
  let stopped = false

  const say = ({ client, user, peer }: (typeof writers)[number]): void => {
    const text = `${user} ${messages.length}`
    const at = performance.now()
    const message: Message = { text, sender: user, recipient: peer, at, acknowledged: false, shown: new Map() }
    messages.push(message)
    byText.set(text, message)
    client.send({ user: peer }, { text }).then(
      () => {
        message.acknowledged = true
      },
      (error: unknown) => failures.push(`${text}: ${String(error)}`),
    )
  }
  const isShown = ({ shown: to }: Message): boolean => to.size === 2
  const isPrompt = (message: Message): boolean =>
    isShown(message) && Math.max(...message.shown.values()) - message.at < promptMs

  for (const { client, user, peer } of writers.filter((_, index) => index % 2 === 0))
    await client.send({ user: peer }, { text: `first of ${user}` })
  const sending = (async () => {
    while (!stopped) {
      for (const writer of writers) say(writer)
      await sleep(everyMs)
    }
  })()

  /** When the newest run of prompt messages began, once it is a second long. */
  const liveSince = (since: number): number | undefined => {
    const sent = messages.filter(({ at }) => at >= since && at < performance.now() - promptMs)
    const lastLate = sent.findLastIndex((message) => !isPrompt(message))
    const from = sent[lastLate + 1]?.at
    return from !== undefined && performance.now() - from > 2 * promptMs ? from : undefined
  }
  const missing = (before: number) => messages.filter((message) => message.at <= before && !isShown(message))

  return {
    messages,
    pairs,
    failures,
    shownTo: (user) => shown.get(user) ?? [],
    recovered: async (since) => {
      const state = () =>
        `everybody: ${missing(performance.now()).length} messages not shown, ${clients.map((client) => JSON.stringify(client.state())).join(', ')}`
      await until(
        () => liveSince(since) !== undefined,
        () => `life, ${state()}`,
      )
      const live = liveSince(since) ?? since
      await until(
        () => missing(live).length === 0,
        () => `what was missed, ${state()}`,
      )
      const last = Math.max(
        since,
        ...messages.filter(({ at }) => at <= live).flatMap(({ shown: to }) => [...to.values()]),
      )
      return { live: Math.round(live - since), caughtUp: Math.round(last - since) }
    },
    finish: async () => {
      stopped = true
      await sending
      await until(
        () => messages.every((message) => message.acknowledged && isShown(message)),
        () =>
          `the end: ${messages
            .filter((message) => !message.acknowledged || !isShown(message))
            .map(({ text }) => text)
            .slice(0, 10)} ${failures.slice(0, 3)}`,
      )
    },
    close: async () => {
      stopped = true
      await Promise.all(clients.map((client) => client.close()))
      await Promise.all(proxies.map((proxy) => proxy.close()))
    },
  }
}
