import type { BackscrollClient } from '../../src/client/client-api.ts'
import type { ClientEvent } from '../../src/client/client-events.ts'
import type { ClientWorld } from './client-world.ts'
import { record } from './client-world.ts'
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
}

/** One lie, told once. */
export interface Lies {
  answer?: { readonly match: RegExp; readonly make: (answer: Json) => Json } | undefined
  blob?: Uint8Array | undefined
  frame?: ((frame: Json) => Json) | undefined
  event?: { readonly id: string; readonly change: (event: Json) => Json } | undefined
  result?: ((result: Json) => Json) | undefined
}

/** An honest device, with the dishonest server before it. */
export interface Person {
  readonly user: string
  readonly client: BackscrollClient
  readonly log: ClientEvent[]
  readonly server: DishonestServer
  readonly lies: Lies[]
}

/** Whom the user of this device can see in a conversation. */
export const shownTo = ({ log }: Pick<Person, 'log'>, conversationId: string): ReadonlySet<string> => {
  const newest = log.findLast((event) => event.type === 'members' && event.conversationId === conversationId)
  return new Set(newest?.type === 'members' ? newest.members.map(({ userId }) => userId) : [])
}

export interface LiarDeps {
  readonly world: ClientWorld
  readonly colluder: Colluder
  readonly seen: Seen
  readonly sealed: Sealed[]
  /** Of a message addressed to a person, the direct conversation. */
  readonly addressed: (from: string, to: string) => string
  /** Work of the colluder that is under way. */
  readonly working: Promise<unknown>[]
}

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
export const openLiar = async (deps: LiarDeps, user: string): Promise<Person> => {
  const { world, colluder, seen, sealed, working } = deps
  const server = createDishonestServer()
  const client = await world.client(user, 'one', server.options)
  const person: Person = { user, client, log: record(client), server, lies: [] }
  const { lies } = person

  const listen = ({ commit, welcome, groupInfo, group, epoch }: Json) => {
    if (group !== undefined) return listen(group as Json)
    if (groupInfo === undefined) return
    seen.infos.push({ groupInfo, epoch })
    if (welcome !== undefined) seen.blobs.push(bytes(welcome))
    working.push(colluder.see({ commit, welcome } as { commit?: string; welcome?: string }))
  }
  server.onRequest = (path, { body }) => {
    if (typeof body === 'string') listen(JSON.parse(body) as Json)
    const blob = path.includes('/blobs/') ? take(lies, 'blob') : undefined
    return blob && new Response(blob.slice(), { headers: { 'content-type': 'application/octet-stream' } })
  }
  server.onAnswer = async (path, answer) => take(lies, 'answer', ({ match }) => match.test(path))?.make(answer)
  server.onEvent = (event) => {
    seen.events.push(event)
    const lie = take(lies, 'event', ({ id }) => id === (event.stream as Json).id)
    return lie === undefined ? event : lie.change(event)
  }
  server.onResult = (result) => {
    const lie = 'recovered' in result ? take(lies, 'result') : undefined
    return lie === undefined ? result : lie(result)
  }
  server.onFrame = (frame) => {
    if (frame.type !== 'send_message' || typeof frame.ciphertext !== 'string') return undefined
    const { ciphertext, recipientId } = frame
    const conversationId = String(frame.conversationId ?? deps.addressed(user, String(recipientId)))
    // Also what never reaches the true server has left the device.
    sealed.push({ by: person, conversationId, ciphertext, shown: shownTo(person, conversationId) })
    return take(lies, 'frame')?.(frame)
  }
  client.start()
  await client.whenLive()
  return person
}
