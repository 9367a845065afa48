import { createHash } from 'node:crypto'
import { eventPage } from '@backscroll/protocol/rest/events'
import { groupState } from '@backscroll/protocol/rest/groups'
import { memberPage } from '@backscroll/protocol/rest/members'
import { forReading } from '@backscroll/protocol/rest/reading'
import { snapshotPage } from '@backscroll/protocol/rest/sync'
import { welcomePage } from '@backscroll/protocol/rest/welcomes'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import type { ClientEvent } from '../../../packages/client/src/events/client-events.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import type { ClientWorld } from '../client/client-world.ts'
import { record } from '../client/client-world.ts'
import type { Colluder } from './colluder.ts'
import { createDishonestServer, type DishonestServer } from './dishonest-server.ts'

export type Json = Record<string, unknown>

/** Everything that has passed the server, whoever it was for. */
export interface Seen {
  readonly events: Json[]
  readonly infos: Json[]
  readonly blobs: Uint8Array[]
}

/** What a device sent as content, and whom its user could see in the conversation then. */
export interface Sealed {
  readonly by: Person
  readonly conversationId: string
  readonly ciphertext: string
  readonly shown: ReadonlySet<string>
  /** The sender had been told that the colluder is removed. */
  readonly barred: boolean
  /** Devices, `user/device`, of which the sender had been told that they are revoked. */
  readonly revoked: ReadonlySet<string>
}

interface EventLie {
  readonly id: string
  readonly type?: string
  readonly change: (event: Json) => Json | readonly Json[]
}

const forms = [
  [/\/group-info$/, groupState],
  [/\/welcomes$/, welcomePage],
  [/\/events$/, eventPage],
  [/\/members$/, memberPage],
  [/\/sync\/snapshot$/, snapshotPage],
] as const

/** A lie whose form is refused is never looked at: it would pass for one that was found out. Ends the run. */
const requireForm = (path: string, lie: Json): void => {
  const form = forms.find(([match]) => match.test(path))?.[1]
  const read = form === undefined ? undefined : forReading(form).safeParse(lie)
  if (read?.success !== false) return
  queueMicrotask(() => {
    throw new Error(`A lie about ${path} is not of the form of an answer: ${read.error.message}`)
  })
}

/** One lie, told once. */
export interface Lies {
  answer?: { readonly match: RegExp; readonly make: (answer: Json, path?: string) => Json } | undefined
  blob?: Uint8Array | undefined
  frame?: ((frame: Json) => Json) | undefined
  /** The type, if one is named. */
  event?: EventLie | undefined
  result?: ((result: Json) => Json) | undefined
  /** The next commit is taken, as far as the device is told; nobody else hears of it. Of the group of this generation. */
  accept?: number | undefined
}

/** An honest device, with the dishonest server before it. */
export interface Person {
  readonly user: string
  readonly client: BackscrollClient
  readonly log: ClientEvent[]
  readonly server: DishonestServer
  readonly lies: Lies[]
  /** Conversations out of which this person has removed the colluder, and been told that it is done. */
  readonly barred: Set<string>
  /** Tells an event at once, in the place of the next one of its conversation. */
  tellEvent(event: Json): void
  /** How often it was served other bytes than those that it asked for by their hash. */
  readonly swapped: () => number
}

/** The users whom this device's user can see in a conversation. */
export const shownTo = ({ log }: Pick<Person, 'log'>, conversationId: string): ReadonlySet<string> => {
  const newest = log.findLast((event) => event.type === 'members' && event.conversationId === conversationId)
  return new Set(newest?.type === 'members' ? newest.members.map(({ userId }) => userId) : [])
}

/** Devices, `user/device`, that were revoked as far as this person has been told. */
export const revokedFor = ({ log }: Pick<Person, 'log'>): ReadonlySet<string> =>
  new Set(
    log.flatMap((event) => {
      if (event.type !== 'trust' || event.notice.type !== 'devices_revoked') return []
      const { userId, devices } = event.notice
      return devices.map((device) => `${userId}/${device}`)
    }),
  )

export interface LiarDeps {
  readonly world: ClientWorld
  readonly colluder: Colluder
  readonly seen: Seen
  readonly sealed: Sealed[]
  /** The direct conversation of a message that is addressed to a user. */
  readonly addressed: (from: string, to: string) => string
  /** Work of the colluder that is under way. */
  readonly working: Promise<unknown>[]
}

/** What a blob is called by. */
export const hashOf = (blob: Uint8Array): string => createHash('sha256').update(blob).digest('hex')

const bytes = (base64: unknown): Uint8Array => Buffer.from(String(base64), 'base64')

const take = <Key extends keyof Lies>(
  lies: Lies[],
  key: Key,
  fits: (lie: NonNullable<Lies[Key]>) => boolean = () => true,
) => {
  const found = lies.find((one) => one[key] !== undefined && fits(one[key]))
  const lie = found?.[key]
  if (found !== undefined) found[key] = undefined
  return lie
}

/** A person's client behind a server that listens to everything and tells the lies that it was given, each once. */
export const openLiar = async (deps: LiarDeps, user: string, store = createMemoryStore()): Promise<Person> => {
  const { world, colluder, seen, sealed, working } = deps
  const server = createDishonestServer()
  // Delays are drawn from [0, 1), so a small value keeps them short.
  const client = await world.client(user, 'one', { ...server.options, store, random: () => 0.05 })
  const barred = new Set<string>()
  /** The newest revision that it was told, by conversation. */
  const newest = new Map<string, number>()
  const heard = (id: unknown, revision: unknown) =>
    newest.set(String(id), Math.max(newest.get(String(id)) ?? -1, Number(revision)))
  let swapped = 0
  const person: Person = {
    ...{ user, client, log: record(client), server, lies: [], barred, swapped: () => swapped },
    tellEvent: (event) => {
      const { id } = event.stream as Json
      const revision = (newest.get(String(id)) ?? -1) + 1
      heard(id, revision)
      server.tell({ type: 'events', events: [{ ...event, revision }] })
    },
  }
  const { lies } = person

  const listen = (conversationId: string, { commit, welcome, groupInfo, group, epoch }: Json) => {
    if (group !== undefined) return listen(conversationId, group as Json)
    if (groupInfo === undefined) return
    seen.infos.push({ conversationId, groupInfo, epoch })
    if (welcome !== undefined) seen.blobs.push(bytes(welcome))
    working.push(colluder.see({ commit, welcome } as { commit?: string; welcome?: string }))
  }
  /** What a server says that has taken a commit; its event comes right after. */
  const takenBy = (conversationId: string, generation: number, { epoch, commit, change }: Json) => {
    const { addDevices } = change as { readonly addDevices: readonly Json[] }
    const external = addDevices.some((one) => one.userId === user)
    const blob = { hash: '0'.repeat(64), size: 1 }
    const data = {
      ...{ generation, epoch: Number(epoch) + 1, external, added: addDevices, removed: [], ciphertext: commit },
      ...{ commit: null, welcome: null, groupInfo: blob },
    }
    const event = { stream: { kind: 'conversation', id: conversationId }, position: '1', at: 1, data }
    queueMicrotask(() =>
      person.tellEvent({ ...event, type: 'GroupCommitted', actor: { userId: user, deviceId: 'one' } }),
    )
    const revision = (newest.get(conversationId) ?? -1) + 1
    return Response.json({ conversationId, revision, position: '1', acceptedAt: 1, duplicate: false })
  }
  server.onRequest = (path, { body, method }) => {
    if (typeof body === 'string') {
      const json = JSON.parse(body) as Json
      const named = /^\/conversations\/([^/]+)/.exec(path)?.[1]
      listen(String(named ?? json.conversationId ?? deps.addressed(user, String(json.recipientId))), json)
      const accepted = named !== undefined && path.endsWith('/commits') ? take(lies, 'accept') : undefined
      if (named !== undefined && method === 'POST' && accepted !== undefined) return takenBy(named, accepted, json)
    }
    const asked = /\/blobs\/([0-9a-f]{64})$/.exec(path)?.[1]
    const blob = asked === undefined ? undefined : take(lies, 'blob')
    if (blob !== undefined && hashOf(blob) !== asked) swapped += 1
    return blob && new Response(blob.slice(), { headers: { 'content-type': 'application/octet-stream' } })
  }
  server.onAnswer = async (path, answer) => {
    const lie = take(lies, 'answer', ({ match }) => match.test(path))?.make(answer, path)
    if (lie !== undefined) requireForm(path, lie)
    return lie
  }
  server.onEvent = (event) => {
    seen.events.push(event)
    heard((event.stream as Json).id, event.revision)
    const isAbout = ({ id, type }: EventLie) =>
      id === (event.stream as Json).id && (type === undefined || type === event.type)
    const told = take(lies, 'event', isAbout)?.change(event) ?? event
    for (const one of [told].flat()) heard((event.stream as Json).id, one.revision)
    return told
  }
  server.onResult = (result) => {
    if ('seq' in result) heard(result.conversationId, result.revision)
    const lie = 'recovered' in result ? take(lies, 'result') : undefined
    return lie === undefined ? result : lie(result)
  }
  server.onFrame = (frame) => {
    if (frame.type !== 'send_message' || typeof frame.ciphertext !== 'string') return undefined
    const { ciphertext, recipientId } = frame
    const conversationId = String(frame.conversationId ?? deps.addressed(user, String(recipientId)))
    // Also what never reaches the true server has left the device.
    sealed.push({
      by: person,
      conversationId,
      ciphertext,
      shown: shownTo(person, conversationId),
      barred: barred.has(conversationId),
      revoked: revokedFor(person),
    })
    return take(lies, 'frame')?.(frame)
  }
  client.start()
  await client.whenLive()
  return person
}
