import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { conversationsOf, isMember } from '../server/log.ts'
import { openTokens } from '../server/tokens.ts'
import { breachesOf, notCaughtUp, type ServedAtRest, servedAtRest } from './checks.ts'
import { servedHistory } from './served-history.ts'
import type { ChaosServer } from './server.ts'
import { type StepOptions, stepsOf } from './steps.ts'
import { type ChaosWorld, openChaosWorld, users } from './world.ts'
import { writeDown } from './write-down.ts'

/** What devices lack, and what they still wait for. */
export const behind = async ({ devices, server }: ChaosWorld): Promise<string[]> => {
  const streams = conversationsOf(await server.log())
  return devices.flatMap((device) => [
    ...notCaughtUp(device, streams),
    ...(device.client()?.pending() === 0
      ? []
      : [`${device.userId}/${device.deviceId} has ${device.client()?.pending()} pending`]),
    ...(device.client()?.state().name === 'live'
      ? []
      : [`${device.userId}/${device.deviceId} is ${JSON.stringify(device.client()?.state())}`]),
    ...device.given
      .filter(({ outcome }) => outcome.kind === 'waiting')
      .map((entry) => `${JSON.stringify(entry)} waits`),
  ])
}

/** The limit, as a multiple of the usual time to settle, while there is progress: a busy machine is slow, not wrong. */
const patience = 3

/** Until nobody misses anything, or nothing of it has come for so long that it will not come any more. */
const settle = async (world: ChaosWorld): Promise<void> => {
  await world.heal()
  const { settleMs } = world.server
  const end = performance.now() + patience * settleMs
  let until = performance.now() + settleMs
  let missing = await behind(world)
  while (missing.length > 0 && performance.now() < Math.min(until, end)) {
    await sleep(250)
    const now = await behind(world)
    if (now.join() !== missing.join()) until = performance.now() + settleMs
    missing = now
  }
  expect(missing.slice(0, 20)).toEqual([])
}

/** Everybody reads everything: then all active devices' read watermarks must reach the last message that they can see. */
const converge = async ({ devices, server }: ChaosWorld): Promise<void> => {
  const streams = conversationsOf(await server.log())
  const wanted: { key: string; conversationId: string; seq: number }[] = []
  for (const [id, stream] of streams) {
    const last = stream.findLast(({ type }) => type === 'MessageSent')
    for (const device of devices) {
      if (last === undefined || !isMember(stream, device.userId)) continue
      const seq = Number(last.data.seq)
      if (!device.journal.of(id).some(({ event }) => event.type === 'MessageSent' && event.data.seq === seq)) continue
      await device.client()?.markRead(id, seq)
      wanted.push({ key: `${device.userId}/${device.deviceId}`, conversationId: id, seq })
    }
  }
  const missing = async () => {
    const stored = new Map<string, number>()
    for (const { stream, data } of await server.log()) {
      if (!stream.startsWith('receipts-') || !Array.isArray(data.entries)) continue
      for (const { userId, deviceId, read = 0 } of data.entries)
        stored.set(`${stream.slice('receipts-'.length)}/${userId}/${deviceId}`, read)
    }
    return wanted.filter(({ key, conversationId, seq }) => stored.get(`${conversationId}/${key}`) !== seq)
  }
  const until = performance.now() + server.settleMs / 3
  while (performance.now() < until && (await missing()).length > 0) await sleep(100)
  expect(await missing()).toEqual([])
}

/** Closed and opened again with nothing new, a device is told nothing, for it was told everything. */
const comeBack = async ({ devices }: ChaosWorld): Promise<void> => {
  await Promise.all(devices.map((device) => device.close()))
  await Promise.all(devices.map((device) => device.start()))
  await Promise.all(devices.map((device) => device.client()?.whenLive()))
  await sleep(200)
}

export interface PlayOptions extends StepOptions {
  readonly seed: number
  readonly steps: number
  readonly openServer: (env: Readonly<Record<string, string>>) => Promise<ChaosServer>
}

/** The log at the end, and what REST serves of it to each user. */
const servedBy = async ({ server, devices }: ChaosWorld): Promise<ServedAtRest> => {
  const history = servedHistory(`http://127.0.0.1:${server.port()}`, await openTokens(server.directory), devices)
  return servedAtRest(users, () => server.log(), history)
}

/** One run: the steps of the seed, then everything heals, and P1 to P4 must hold. */
export const play = async (options: PlayOptions): Promise<void> => {
  const { seed, openServer } = options
  const steps = stepsOf(seed, options.steps, options)
  const world = await openChaosWorld(seed, openServer)
  let done = 0
  try {
    for (const step of steps) {
      await world.run(step)
      done += 1
    }
    await settle(world)
    await converge(world)
    await comeBack(world)
    const { log, otherwise } = await servedBy(world)
    expect(breachesOf(world.devices, log).slice(0, 20)).toEqual([])
    expect(otherwise).toEqual([])
    const events = log.filter(({ stream }) => stream.startsWith('conversation-')).length
    console.info(`seed ${seed}: ${events} conversation events, ${log.length} in all`)
  } catch (error) {
    const file = await writeDown(`chaos-${seed}`, { ...world.server, devices: world.devices })
    console.error(
      `What the processes printed, the log and what the devices said and heard are in ${file}. Replay with BACKSCROLL_SEED=${seed}. Steps (${done} done):\n${steps.map((step) => JSON.stringify(step)).join('\n')}`,
    )
    throw error
  } finally {
    await world.discard()
  }
}

/** Longer for a search: BACKSCROLL_CHAOS_SECONDS=3600. One run again: BACKSCROLL_SEED=<seed>. */
export const playFor = async (seconds: number, options: Omit<PlayOptions, 'seed'>): Promise<void> => {
  const onlySeed = process.env.BACKSCROLL_SEED
  if (onlySeed !== undefined) return play({ ...options, seed: Number(onlySeed) })
  const until = Date.now() + seconds * 1000
  const first = Date.now() % 1_000_000_000
  for (let run = 0; run === 0 || Date.now() < until; run += 1) await play({ ...options, seed: first + run })
}
