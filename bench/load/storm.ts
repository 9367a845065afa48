import { setTimeout as sleep } from 'node:timers/promises'
import type { RawData, WebSocket } from 'ws'
import { connectFrame } from './frames.ts'
import { createLatencies, type Percentiles } from './latencies.ts'
import { hangUp, openMany, openSocket } from './open-socket.ts'
import type { TokenSource } from './token-source.ts'

export interface StormOptions {
  readonly url: string
  readonly users: readonly string[]
  readonly since: string
  /** That each of them has missed. */
  readonly events: number
}

export interface Stormed extends Percentiles {
  /** How often a device was told to come later. */
  readonly refusals: number
}

/** Before the id of an event's conversation, and from there on to its revision. */
const conversation = Buffer.from('"kind":"conversation","id":"')
const toRevision = conversation.length + '5eed0000-0000-4000-8000-000000000000"},"revision":'.length
const [zero, nine] = [0x30, 0x39]

const numberAt = (data: Buffer, start: number): number => {
  let number = 0
  for (let at = start; ; at += 1) {
    const digit = data[at] ?? 0
    if (digit < zero || digit > nine) return number
    number = number * 10 + digit - zero
  }
}

/** Events so far of the conversation that a device has, which have to come without a hole. */
interface Got {
  events: number
  last: number | undefined
}

const takeEvents = (data: Buffer, got: Got): void => {
  for (let at = data.indexOf(conversation); at >= 0; at = data.indexOf(conversation, at + toRevision)) {
    const next = numberAt(data, at + toRevision)
    if (got.last !== undefined && next !== got.last + 1) throw new Error(`revision ${next} after ${got.last}`)
    got.last = next
    got.events += 1
  }
}

const isOf = (data: Buffer, type: string): boolean =>
  data.toString('latin1', 0, 10 + type.length) === `{"type":"${type}"`

const bytesOf = (data: RawData): Buffer => {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? Buffer.from(data) : data
}

type Outcome = { readonly events: number } | { readonly retryAfterMs: number }

/** One try: what it got until it was caught up, or when it may come again. */
const catchUp = (socket: WebSocket, since: string): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const got: Got = { events: 0, last: undefined }
    socket.on('close', () => resolve({ retryAfterMs: 1_000 }))
    socket.on('message', (raw: RawData) => {
      const data = bytesOf(raw)
      if (isOf(data, 'events')) takeEvents(data, got)
      else if (isOf(data, 'caught_up')) resolve({ events: got.events })
      else if (isOf(data, 'error')) resolve({ retryAfterMs: JSON.parse(String(data)).retryAfterMs ?? 1_000 })
      else if (data.includes('"recovered":false')) reject(new Error(String(data)))
    })
    socket.send(connectFrame('phone', since))
  })

/** Devices that the server has met before, as everybody who comes back has been. */
export const introduce = async (
  { url, users }: Pick<StormOptions, 'url' | 'users'>,
  tokens: TokenSource,
): Promise<void> => {
  await openMany(users, async (user) => {
    const socket = await openSocket(url, await tokens(user))
    socket.send(connectFrame('phone'))
    await new Promise((resolve) => socket.once('message', resolve))
    hangUp(socket)
  })
}

/** Devices whose server was gone come back at the same moment. Their time counts from that moment, with handshakes, waiting and refusals, until each has everything. */
export const storm = async (options: StormOptions, tokens: TokenSource): Promise<Stormed> => {
  const { url, users, since, events } = options
  const bearers = await Promise.all(users.map(async (user) => tokens(user)))
  const latencies = createLatencies()
  let refusals = 0
  const start = performance.now()

  const comeBack = async (socket: WebSocket, token: string): Promise<void> => {
    socket.removeAllListeners()
    socket.on('error', () => undefined)
    const outcome = await catchUp(socket, since)
    if ('retryAfterMs' in outcome) {
      refusals += 1
      await sleep(outcome.retryAfterMs * (1 + Math.random() / 2))
      hangUp(socket)
      return comeBack(await openSocket(url, token), token)
    }
    if (outcome.events < events) throw new Error(`${outcome.events} events instead of ${events}`)
    latencies.record(performance.now() - start)
    hangUp(socket)
  }

  const coming: Promise<void>[] = []
  await openMany(bearers, async (token) => {
    coming.push(comeBack(await openSocket(url, token), token))
  })
  await Promise.all(coming)
  return { ...latencies.percentiles(), refusals }
}
