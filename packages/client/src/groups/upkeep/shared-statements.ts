import type { IdentityStatement } from '@backscroll/protocol/identity-statements'
import { z } from 'zod'
import { envelopeOf } from '../../content/outgoing-content.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import type { StoreChange } from '../../stores/client-store.ts'

/** Which of this user's statements the devices of a conversation got inside the encryption. */
export interface SharedStatements {
  /** Statements that they did not get yet. */
  missing(conversationId: string): readonly IdentityStatement[]
  /** They got all of these, from this device or another of the user's. */
  told(conversationId: string, statements: readonly IdentityStatement[]): void
  /** Devices have joined that know nothing. */
  owe(conversationId: string): void
}

const record = z.array(z.string())

export const loadSharedStatements = (
  stored: ReadonlyMap<string, unknown>,
  own: () => readonly IdentityStatement[],
  store: (changes: readonly StoreChange[]) => void,
): SharedStatements => {
  /** By conversation: the signatures of what was told. */
  const all = new Map<string, ReadonlySet<string>>()
  for (const [key, value] of stored) if (key.startsWith('told/')) all.set(key.slice(5), new Set(record.parse(value)))

  const put = (id: string, signatures: ReadonlySet<string>) => {
    if (signatures.size === 0) all.delete(id)
    else all.set(id, signatures)
    store([{ key: `told/${id}`, value: signatures.size === 0 ? undefined : [...signatures] }])
  }
  return {
    missing: (id) => own().filter(({ signature }) => !all.get(id)?.has(signature)),
    told: (id, statements) => {
      const known = all.get(id) ?? new Set()
      const mine = new Set(own().map(({ signature }) => signature))
      const fresh = statements.map(({ signature }) => signature).filter((one) => mine.has(one) && !known.has(one))
      if (fresh.length > 0) put(id, new Set([...known, ...fresh]))
    },
    owe: (id) => {
      if (all.has(id)) put(id, new Set())
    },
  }
}

/** In one message: well below the limit of a message. */
const mostBytes = 16_384

const parts = (statements: readonly IdentityStatement[]): readonly (readonly IdentityStatement[])[] => {
  const all: IdentityStatement[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const one of statements) {
    const bytes = JSON.stringify(one).length
    if (size + bytes > mostBytes) {
      all.push([])
      size = 0
    }
    all.at(-1)?.push(one)
    size += bytes
  }
  return all
}

export interface StatementsToShare {
  readonly id: string
  readonly userId: string
  readonly statements: readonly IdentityStatement[]
  readonly newId: () => string
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/** Messages from device to device, stored and sent like any other; as with `sayToDevices`, nobody waits for them. */
export const shareStatements = (outbox: Pick<Outbox, 'add'>, about: StatementsToShare): void => {
  const { id, userId, statements, newId, now } = about
  for (const some of parts(statements)) {
    const messageId = newId()
    const content = { type: 'identity' as const, body: { userId, statements: [...some] } }
    const plaintext = envelopeOf({ messageId, control: true }, content)
    outbox.add(id, messageId, { kind: 'message', control: true, plaintext, sentAt: now }).catch(() => {})
  }
}
