import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { breachesOf, notCaughtUp, servedOtherwise } from '../support/chaos-checks.ts'
import { stepsOf } from '../support/chaos-steps.ts'
import { type ChaosWorld, openChaosWorld, users } from '../support/chaos-world.ts'
import { conversationsOf, isMember, readLog } from '../support/server-log.ts'
import { type RestUser, restOf } from '../support/server-rest.ts'
import { openTokens } from '../support/server-tokens.ts'

/** Longer for a search: BACKSCROLL_CHAOS_SECONDS=3600. One run again: BACKSCROLL_SEED=<seed>. */
const seconds = Number(process.env.BACKSCROLL_CHAOS_SECONDS ?? 50)
const onlySeed = process.env.BACKSCROLL_SEED
const stepsPerRun = 220

const behind = (world: ChaosWorld): string[] => {
  const streams = conversationsOf(readLog(world.server.directory))
  return world.devices.flatMap((device) => [
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

/** Until nobody misses anything, or for so long that it will not come any more. */
const settle = async (world: ChaosWorld): Promise<void> => {
  await world.heal()
  for (let waited = 0; waited < 30_000; waited += 250) {
    await sleep(250)
    if (behind(world).length === 0) break
  }
  expect(behind(world).slice(0, 20)).toEqual([])
}

/** Everybody reads everything: then all active devices' read watermarks must reach the last message that they can see. */
const converge = async (world: ChaosWorld): Promise<void> => {
  const streams = conversationsOf(readLog(world.server.directory))
  const wanted: { key: string; conversationId: string; seq: number }[] = []
  for (const [id, stream] of streams) {
    const last = stream.findLast(({ type }) => type === 'MessageSent')
    for (const device of world.devices) {
      if (last === undefined || !isMember(stream, device.userId)) continue
      const seq = Number(last.data.seq)
      if (!device.journal.of(id).some(({ event }) => event.data.seq === seq && event.type === 'MessageSent')) continue
      await device.client()?.markRead(id, seq)
      wanted.push({ key: `${device.userId}/${device.deviceId}`, conversationId: id, seq })
    }
  }
  const missing = () => {
    const stored = new Map<string, number>()
    for (const { stream, data } of readLog(world.server.directory)) {
      if (!stream.startsWith('receipts-') || !Array.isArray(data.entries)) continue
      for (const { userId, deviceId, read = 0 } of data.entries)
        stored.set(`${stream.slice('receipts-'.length)}/${userId}/${deviceId}`, read)
    }
    return wanted.filter(({ key, conversationId, seq }) => stored.get(`${conversationId}/${key}`) !== seq)
  }
  for (let waited = 0; waited < 10_000 && missing().length > 0; waited += 100) await sleep(100)
  expect(missing()).toEqual([])
}

/** Closed and opened again with nothing new, a device is told nothing, for it was told everything. */
const comeBack = async (world: ChaosWorld): Promise<void> => {
  await Promise.all(world.devices.map((device) => device.close()))
  await Promise.all(world.devices.map((device) => device.start()))
  await Promise.all(world.devices.map((device) => device.client()?.whenLive()))
  await sleep(200)
}

/** What REST serves of a stream; nothing to one who was never in. */
const historyOf = async (world: ChaosWorld) => {
  const tokens = await openTokens(world.server.directory)
  const rests = new Map<string, RestUser>()
  for (const user of users) rests.set(user, await restOf(world.server.url, tokens, user))
  return async (user: string, id: string) => {
    const answer = await rests.get(user)?.('GET', `/conversations/${id}/events?limit=1000`)
    return answer?.status === 404 ? [] : answer?.json.events
  }
}

const play = async (seed: number): Promise<void> => {
  const steps = stepsOf(seed, stepsPerRun)
  const world = await openChaosWorld(seed)
  let done = 0
  try {
    for (const step of steps) {
      await world.run(step)
      done += 1
    }
    await settle(world)
    await converge(world)
    await comeBack(world)
    const log = readLog(world.server.directory)
    expect(breachesOf(world.devices, log).slice(0, 20)).toEqual([])
    expect(await servedOtherwise(users, log, await historyOf(world))).toEqual([])
    const events = log.filter(({ stream }) => stream.startsWith('conversation-')).length
    console.info(`seed ${seed}: ${events} conversation events, ${log.length} in all`)
  } catch (error) {
    console.error(
      `Replay with BACKSCROLL_SEED=${seed}. Steps (${done} done):\n${steps.map((step) => JSON.stringify(step)).join('\n')}`,
    )
    throw error
  } finally {
    await world.discard()
  }
}

describe('promises under chaos', () => {
  it(
    'P1 P2 P3 P4: whatever breaks, each device ends with exactly the events that it may see, and no command is lost or doubled',
    async () => {
      if (onlySeed !== undefined) return play(Number(onlySeed))
      const until = Date.now() + seconds * 1000
      const first = Date.now() % 1_000_000_000
      for (let run = 0; run === 0 || Date.now() < until; run += 1) await play(first + run)
    },
    (seconds + 180) * 1000,
  )
})
