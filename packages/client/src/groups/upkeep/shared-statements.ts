import type { IdentityStatement } from '@backscroll/protocol/identity-statements'
import { z } from 'zod'
import { envelopeOf } from '../../content/outgoing-content.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import type { StoreChange } from '../../stores/client-store.ts'
import type { Clock } from '../../time/clock.ts'
import { createHourlyLimit } from '../../time/hourly-limit.ts'

/** Which of this user's statements the devices of a conversation got inside the encryption. */
export interface SharedStatements {
  /** Statements that they did not get yet. */
  missing(conversationId: string): readonly IdentityStatement[]
  /** `devices`: those in the group, which got all of these, from this device or another of the user's. */
  told(conversationId: string, statements: readonly IdentityStatement[], devices: readonly string[]): void
  /**
   * Something has happened, at most that these devices have joined. Those that know nothing are to be told: not who
   * leaves and comes again, and so many times an hour, because anybody in a group can make devices come. Answers
   * whether there is something to tell that was not before.
   */
  owe(conversationId: string, devices: readonly string[]): boolean
}

const signatures = z.array(z.string())
const record = z.object({
  /** Of what all devices in the group were told. */
  told: signatures,
  /** Devices that were told everything there was, and what that was. */
  knowing: z.object({ signatures, devices: z.array(z.string()) }),
  /** Devices have come that are told after the hour. */
  late: z.boolean(),
})
type Told = z.output<typeof record>

const nothing: Told = { told: [], knowing: { signatures: [], devices: [] }, late: false }
/** Earlier versions kept the signatures alone. */
const stored = z.union([record, signatures.transform((told): Told => ({ ...nothing, told }))])

const mostPerHour = 10
/** Devices that are remembered in each conversation, those told last. */
const mostKnowing = 200

const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((one) => others.includes(one))

const joined = (knowing: Told['knowing'], all: readonly string[], devices: readonly string[]): Told['knowing'] => {
  const before = isSame(knowing.signatures, all) ? knowing.devices.filter((one) => !devices.includes(one)) : []
  return { signatures: [...all], devices: [...devices, ...before].slice(0, mostKnowing) }
}

export interface SharedStatementsDeps {
  /** What this user has signed. */
  readonly own: () => readonly IdentityStatement[]
  readonly store: (changes: readonly StoreChange[]) => void
  readonly clock: Pick<Clock, 'now'>
}

export const loadSharedStatements = (
  records: ReadonlyMap<string, unknown>,
  { own, store, clock }: SharedStatementsDeps,
): SharedStatements => {
  const all = new Map<string, Told>()
  for (const [key, value] of records) if (key.startsWith('told/')) all.set(key.slice(5), stored.parse(value))
  const allows = createHourlyLimit(clock, mostPerHour)

  const of = (id: string): Told => all.get(id) ?? nothing
  const put = (id: string, next: Told): void => {
    all.set(id, next)
    store([{ key: `told/${id}`, value: next }])
  }
  const signed = () => own().map(({ signature }) => signature)
  return {
    missing: (id) => own().filter(({ signature }) => !of(id).told.includes(signature)),
    told: (id, statements, devices) => {
      const before = of(id)
      const mine = signed()
      const got = statements.map(({ signature }) => signature)
      const fresh = got.filter((one) => mine.includes(one) && !before.told.includes(one))
      if (fresh.length === 0) return
      const told = [...before.told, ...fresh]
      const isAll = mine.every((one) => told.includes(one))
      put(id, isAll ? { told, knowing: joined(before.knowing, mine, devices), late: false } : { ...before, told })
    },
    owe: (id, devices) => {
      const before = of(id)
      const hasNew = before.late || devices.some((one) => !before.knowing.devices.includes(one))
      if (!hasNew || before.told.length === 0) return false
      if (allows(id)) {
        put(id, { ...before, told: [], late: false })
        return true
      }
      if (!before.late) put(id, { ...before, late: true })
      return false
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
