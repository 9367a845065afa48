import { randomUUID } from 'node:crypto'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import type { MessageRef } from '../../../packages/client/src/api/client-commands.ts'
import type { PeopleResult } from '../../../packages/client/src/commands/outbox-entry.ts'
import type { ClientEvent } from '../../../packages/client/src/events/client-events.ts'
import { createKeyPair, createTestDevice } from '../accounts/device-keys.ts'
import { type ClientWorld, conversationEvents, openClientWorld, record } from './client-world.ts'

/** A command that a test gave, and what it was told. */
export interface Given {
  readonly what: string
  readonly conversationId: string
  /** The id of what it writes; undefined for changes. */
  readonly messageId: string | undefined
  /** The users that it names. */
  readonly adds: boolean
  outcome: 'waiting' | 'accepted' | 'failed'
  code: string | undefined
  users: PeopleResult['users']
}

export interface Person {
  readonly user: string
  readonly client: BackscrollClient
  readonly log: ClientEvent[]
}

/** Members who stay, and people whose accounts are in every state that there is. */
export interface OutcomeWorld {
  readonly world: ClientWorld
  readonly stable: readonly Person[]
  /** May leave. */
  readonly guest: Person
  /** Ids of people who may be named. */
  readonly names: readonly string[]
  readonly given: Given[]
  /** Notes what becomes of a command. */
  watch(given: Pick<Given, 'what' | 'conversationId' | 'messageId' | 'adds'>, promise: Promise<unknown>): void
  /** Somebody's account changes; `choice` in [0, 1). */
  disturb(choice: number): Promise<void>
  close(): Promise<void>
}

const call = async (
  world: ClientWorld,
  user: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<number> => {
  const headers = {
    authorization: `Bearer ${await world.token(user, 'one')}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  const response = await fetch(`${world.url()}${path}`, {
    ...{ method, headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return response.status
}

export const openOutcomeWorld = async (env: Readonly<Record<string, string>>): Promise<OutcomeWorld> => {
  const world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50', ...env })
  const given: Given[] = []
  const open = async (user: string): Promise<Person> => {
    const client = await world.client(user, 'one')
    const log = record(client)
    client.start()
    await client.whenLive()
    return { user, client, log }
  }
  const [ann, ben, cyd] = [await open('ann'), await open('ben'), await open('cyd')]
  for (const user of ['fay', 'gus', 'kim']) await world.enrol(user)
  const jon = await open('jon')
  await jon.client.revokeDevice('one')
  // A token alone has made this one.
  await call(world, 'hal', 'GET', '/me')
  // A device without key packages.
  await call(world, 'ida', 'POST', '/devices', createTestDevice('ida', 'one', createKeyPair()).registration)

  const disturbances: readonly (() => Promise<unknown>)[] = [
    () => world.asAdmin('POST', '/admin/users/fay/deactivation'),
    () => world.asAdmin('POST', '/admin/users/fay/reactivation'),
    () => world.asAdmin('POST', '/admin/users/kim/deactivation'),
    () => world.asAdmin('POST', '/admin/users/kim/reactivation'),
    () => world.asAdmin('DELETE', '/admin/users/gus'),
  ]
  return {
    ...{ world, given, stable: [ann, ben], guest: cyd },
    names: ['cyd', 'fay', 'gus', 'kim', 'jon', 'hal', 'ida', 'nobody'],
    watch: (what, promise) => {
      const one: Given = { ...what, outcome: 'waiting', code: undefined, users: {} }
      given.push(one)
      promise.then(
        (result) => {
          one.outcome = 'accepted'
          one.users = (result as { readonly users?: PeopleResult['users'] }).users ?? {}
        },
        (thrown) => {
          one.outcome = 'failed'
          one.code = thrown.code
        },
      )
    },
    disturb: async (choice) => void (await disturbances[Math.floor(choice * disturbances.length)]?.()),
    close: world.close,
  }
}

/** What a device shows of a conversation's messages, edits and reactions, by message id: whether it can be read. */
export const shownBy = ({ log }: Person): ReadonlyMap<string, boolean> =>
  new Map(
    conversationEvents(log).flatMap((one) => {
      if (one.type !== 'message' && one.type !== 'edit' && one.type !== 'reaction') return []
      return [[one.event.data.messageId, one.content !== undefined && one.unreadable === undefined] as const]
    }),
  )

/** How often each person came into each conversation, `<conversation> <user>`, as a device has been told. */
export const cameInto = ({ log }: Person): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const { event, conversationId } of conversationEvents(log)) {
    if (event.type !== 'MembersAdded' && event.type !== 'ConversationStarted') continue
    for (const { userId } of event.data.members) {
      const key = `${conversationId} ${userId}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  }
  return counts
}

/** A message of this device that others may refer to. */
export const refsOf = ({ log }: Person, conversationId: string): readonly MessageRef[] =>
  conversationEvents(log).flatMap((one) =>
    one.type === 'message' && one.own && one.conversationId === conversationId ? [one.ref] : [],
  )

export const newMessageId = (): string => randomUUID()
