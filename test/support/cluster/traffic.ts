import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { partitionOf } from '../../../src/event-log/routing/stream-slots.ts'
import { createApprovals } from '../chaos/approvals.ts'
import { breachesOf, notCaughtUp, servedAtRest } from '../chaos/checks.ts'
import { type ChaosDevice, openDevice } from '../chaos/device.ts'
import { servedHistory } from '../chaos/served-history.ts'
import { conversationsOf, type LoggedEvent } from '../server/log.ts'
import { openTokens } from '../server/tokens.ts'
import type { Fleet } from './fleet.ts'
import { openClusterLog } from './log.ts'
import { createShownMessages, type Recovery } from './shown-messages.ts'
import type { ClusterWorld } from './world.ts'

/** Devices of the SDK that write to each other all the time, in one conversation of each partition; every user has one device at each gateway. */
export interface ClusterTraffic {
  readonly devices: readonly ChaosDevice[]
  readonly conversations: readonly string[]
  /** Resolves when every device got messages of every conversation that were sent since (performance.now()), and nothing before them is missing. */
  recovered(since: number): Promise<Recovery>
  /** Stops sending; resolves when every command is settled and every device has everything that it may see. */
  finish(): Promise<void>
  /** The breaches of P1 to P4, once it is finished; streams that `but` names are left out. */
  breaches(but?: ReadonlySet<string>): Promise<readonly string[]>
  readonly messages: () => number
  /** The whole log, oldest first. */
  log(): Promise<readonly LoggedEvent[]>
  close(): Promise<void>
}

const places = [
  { user: 'ann', device: 'phone', gateway: 0 },
  { user: 'ann', device: 'laptop', gateway: 1 },
  { user: 'bob', device: 'phone', gateway: 1 },
  { user: 'bob', device: 'laptop', gateway: 0 },
] as const
const everyMs = 80
const patienceMs = 120_000

const bytes = (text: string) => new TextEncoder().encode(text)

/** Waits until nothing is left; tells what is when it takes too long. */
const untilNone = async (what: string, left: () => readonly string[] | Promise<readonly string[]>): Promise<void> => {
  const end = performance.now() + patienceMs
  for (let rest = await left(); rest.length > 0; rest = await left()) {
    if (performance.now() > end)
      throw new Error(`${what}, after ${patienceMs / 1000} s:\n${rest.slice(0, 20).join('\n')}`)
    await sleep(20)
  }
}

/** As a load balancer does: the preferred one while it runs, else another. */
const portOf = ({ gateways }: Fleet, preferred: number): number => {
  const found = [gateways[preferred], ...gateways].find((one) => one?.process.running())
  return Number(new URL((found ?? gateways[0])?.process.url ?? '').port)
}

const idIn = (partition: number, partitions: number): string => {
  for (;;) {
    const id = randomUUID()
    if (partitionOf(`conversation-${id}`, partitions) === partition) return id
  }
}

const stateOf = ({ userId, deviceId, client }: ChaosDevice): string =>
  `${userId}/${deviceId} is ${JSON.stringify(client()?.state())}`

export const openClusterTraffic = async (world: ClusterWorld, fleet: Fleet): Promise<ClusterTraffic> => {
  const tokens = await openTokens(world.directory)
  const clusterLog = await openClusterLog(world)
  const { approve, settled } = createApprovals()
  const partitions = Number(world.env.BACKSCROLL_PARTITIONS)
  const conversations = Array.from({ length: partitions }, (_, partition) => idIn(partition, partitions))

  const open = ({ user, device, gateway }: (typeof places)[number]): Promise<ChaosDevice> => {
    const surroundings = { token: tokens, random: Math.random, logHeads: clusterLog.heads, approve }
    return openDevice({ ...surroundings, port: () => portOf(fleet, gateway) }, user, device)
  }
  const devices = await Promise.all(places.map(open))
  const shown = createShownMessages(devices, conversations)
  for (const device of devices) {
    device.slowDown(0)
    await device.start()
    shown.listen(device)
  }
  await settled()
  await Promise.all(devices.map((device) => device.client()?.whenLive()))
  const [maker] = devices
  for (const conversationId of conversations)
    await maker?.client()?.createGroup({ conversationId, members: ['bob'] }).done
  await untilNone('Not every device is in every group', () =>
    devices.flatMap((device) =>
      conversations.filter((id) => device.journal.of(id).length === 0).map((id) => `${stateOf(device)}, not in ${id}`),
    ),
  )

  let stopped = false
  const say = (device: ChaosDevice | undefined, conversationId: string | undefined): void => {
    if (device === undefined || conversationId === undefined) return
    const text = device.nextText()
    shown.sent(text, conversationId)
    device.give(
      conversationId,
      text,
      (messageId) => (client) => client.send(conversationId, bytes(text), { messageId }),
    )
  }
  const sending = (async () => {
    for (let turn = 0; !stopped; turn += 1) {
      say(devices[turn % devices.length], conversations[Math.floor(turn / devices.length) % conversations.length])
      await sleep(everyMs)
    }
  })()

  const unsettled = (): readonly string[] =>
    devices.flatMap((device) =>
      device.given.flatMap(({ outcome, text }) => (outcome.kind === 'waiting' ? [`${stateOf(device)}: ${text}`] : [])),
    )
  const history = () => servedHistory(`http://127.0.0.1:${portOf(fleet, 0)}`, tokens, devices)
  const logWithout = async (but: ReadonlySet<string>): Promise<readonly LoggedEvent[]> =>
    (await clusterLog.read()).filter(({ stream }) => !but.has(stream))

  return {
    devices,
    conversations,
    recovered: async (since) => {
      const states = () => devices.map(stateOf)
      await untilNone('No message came again', () => withStates(shown.silent(since), states))
      const live = shown.liveSince(since)
      await untilNone('What was missed did not come', () => withStates(shown.missing(live), states))
      return shown.recovery(since)
    },
    finish: async () => {
      stopped = true
      await sending
      await untilNone('Commands wait', unsettled)
      const streams = conversationsOf(await clusterLog.read())
      const own = new Map([...streams].filter(([id]) => conversations.includes(id)))
      await untilNone('Devices are behind', () => devices.flatMap((device) => notCaughtUp(device, own)))
    },
    breaches: async (but = new Set()) => {
      const { log, otherwise } = await servedAtRest(['ann', 'bob'], () => logWithout(but), history())
      return [...breachesOf(devices, log), ...otherwise]
    },
    messages: shown.count,
    log: clusterLog.read,
    close: async () => {
      stopped = true
      await Promise.all(devices.map((device) => device.close()))
      await Promise.all(devices.map((device) => device.proxy.close()))
      await clusterLog.close()
    },
  }
}

const withStates = (left: readonly string[], states: () => readonly string[]): readonly string[] =>
  left.length === 0 ? left : [...states(), ...left]
