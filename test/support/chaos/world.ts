import { setTimeout as sleep } from 'node:timers/promises'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { openTokens } from '../server/tokens.ts'
import { createApprovals } from './approvals.ts'
import { type ChaosDevice, openDevice, refOf } from './device.ts'
import type { ChaosServer } from './server.ts'
import { randomOf, type Step } from './steps.ts'

export const users = ['ada', 'bob', 'cleo', 'dan'] as const
const mostDevices = 12
const devicesEach = ['phone', 'laptop'] as const

export interface ChaosWorld {
  readonly server: ChaosServer
  readonly devices: readonly ChaosDevice[]
  run(step: Step): Promise<void>
  /** The faults end, the server and all devices come back. */
  heal(): Promise<void>
  discard(): Promise<void>
}

/** Small enough that slow readers lose their live feed, heartbeats that find dead sockets soon. */
const env = {
  BACKSCROLL_HEARTBEAT_MS: '700',
  BACKSCROLL_MAX_OUTBOX_BYTES: '65536',
  BACKSCROLL_LOG_LEVEL: 'info',
  // In a minute here people meet, and get new devices, as often as in a year.
  BACKSCROLL_CLAIM_BURST: '1000',
  BACKSCROLL_RECOVERY_BURST: '1000',
}

const bytes = (text: string) => new TextEncoder().encode(text)
const at = <Item>(items: readonly Item[], share: number): Item | undefined => items[Math.floor(share * items.length)]

export const openChaosWorld = async (
  seed: number,
  openServer: (settings: Readonly<Record<string, string>>) => Promise<ChaosServer>,
): Promise<ChaosWorld> => {
  const random = randomOf(seed)
  const server = await openServer(env)
  const token = await openTokens(server.directory)
  const { approve, settled } = createApprovals()
  const surroundings = { port: server.port, token, random, logHeads: server.logHeads, approve }
  const groups: string[] = []
  const devices: ChaosDevice[] = []
  for (const user of users) for (const device of devicesEach) devices.push(await openDevice(surroundings, user, device))
  await Promise.all(devices.map((device) => device.start()))
  await settled()
  await Promise.all(devices.map((device) => device.client()?.whenLive()))

  /** Mostly one that the device knows; at times any, also one that it may not see. */
  const chosenGroup = (device: ChaosDevice, share: number): string | undefined => {
    const known = device.journal.conversations()
    return share < 0.7 && known.length > 0 ? at(known, share / 0.7) : at(groups, share)
  }
  /** A device that begins with a snapshot of what there is by then. */
  const addDevice = async (share: number) => {
    if (devices.length >= mostDevices) return
    const device = await openDevice(surroundings, at(users, share) ?? 'ada', `late${devices.length}`)
    devices.push(device)
    await device.start()
  }
  /** A process that dies soon after it was started, while it takes in what it missed. */
  const crashAgain = async (device: ChaosDevice, ms: number) => {
    device.crash()
    await device.start()
    await sleep(ms)
    device.crash()
    await device.start()
  }
  const command = (device: ChaosDevice, group: string, work: Parameters<ChaosDevice['give']>[2]) =>
    device.give(group, undefined, work)

  const send = (device: ChaosDevice, group: string, count: number) => {
    for (let n = 0; n < count; n += 1) {
      const text = device.nextText()
      device.give(group, text, (messageId) => (client) => client.send(group, bytes(text), { messageId }))
    }
  }
  const sendDirect = (device: ChaosDevice, user: string, count: number) => {
    const id = directConversationId(device.userId, user)
    for (let n = 0; n < count; n += 1) {
      const text = device.nextText()
      device.give(id, text, (messageId) => (client) => client.send({ user }, bytes(text), { messageId }))
    }
  }
  const refer = (device: ChaosDevice, group: string, step: Extract<Step, { pick: number }>) => {
    const own = step.name === 'edit' || step.name === 'delete' ? device.userId : undefined
    const target = refOf(device.journal, group, step.pick, own)
    if (target === undefined) return
    if (step.name === 'delete') return command(device, group, () => (client) => client.delete(group, target))
    const text = device.nextText()
    const kind = step.name
    device.give(group, text, (messageId) => (client) => client[kind](group, target, bytes(text), { messageId }))
  }
  const createGroup = (device: ChaosDevice, chosen: readonly number[]) => {
    const members = [...new Set(chosen.map((share) => at(users, share) ?? 'ada'))].filter(
      (user) => user !== device.userId,
    )
    command(device, 'new', () => (client) => {
      const { conversationId, done } = client.createGroup({ members })
      groups.push(conversationId)
      return done
    })
  }
  const read = (device: ChaosDevice, group: string) => {
    const target = refOf(device.journal, group, 0.999)
    if (target !== undefined) void device.client()?.markRead(group, target.seq)
  }
  const inGroup = (step: Step, device: ChaosDevice, group: string): void => {
    switch (step.name) {
      case 'send':
        return send(device, group, step.count)
      case 'reply':
      case 'edit':
      case 'delete':
      case 'react':
        return refer(device, group, step)
      case 'leave':
        return command(device, group, () => (client) => client.leave(group))
      case 'rename':
        return command(device, group, () => (client) => client.rename(group, device.nextText()))
      case 'read':
        return read(device, group)
      case 'add':
      case 'remove':
      case 'promote': {
        const user = at(users, step.user) ?? 'ada'
        if (step.name === 'add') command(device, group, () => (client) => client.addMembers(group, [user]))
        else if (step.name === 'remove') command(device, group, () => (client) => client.removeMember(group, user))
        else command(device, group, () => (client) => client.setRole(group, user, 'admin'))
      }
    }
  }

  const run = async (step: Step): Promise<void> => {
    const device = at(devices, step.device)
    if (device === undefined) return
    switch (step.name) {
      case 'create_group':
        return createGroup(device, step.users)
      case 'send_direct':
        return sendDirect(device, at(users, step.user) ?? 'ada', step.count)
      case 'cut':
        return device.proxy.cut()
      case 'cut_after':
        return device.proxy.cutAfter(step.bytes, step.up ? 'up' : 'down')
      case 'delay':
        return device.proxy.delay(step.ms)
      case 'half_open':
        return device.proxy.halfOpen(step.ms)
      case 'stall':
        device.proxy.stall(step.ms)
        return
      case 'slow_application':
        return device.slowDown(step.ms)
      case 'crash':
        return device.crash()
      case 'crash_again':
        return crashAgain(device, step.ms)
      case 'close':
        return device.close()
      case 'open':
        await Promise.all(devices.filter(() => random() < 0.7).map((one) => one.start()))
        return
      case 'new_device':
        return addDevice(step.group)
      case 'kill_server':
      case 'restart_server':
      case 'outage':
        return server.disturb(step)
      case 'pause':
        await sleep(step.ms)
        return
      default: {
        const group = chosenGroup(device, step.group)
        if (group !== undefined) inGroup(step, device, group)
      }
    }
  }

  return {
    server,
    devices,
    run,
    heal: async () => {
      await server.heal()
      for (const device of devices) {
        device.proxy.heal()
        device.slowDown(0)
        await device.start()
      }
    },
    discard: async () => {
      await Promise.all(devices.map((device) => device.close()))
      await Promise.all(devices.map((device) => device.proxy.close()))
      await server.discard()
    },
  }
}
