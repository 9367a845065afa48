import { type WireEvent, wireEvent } from '@backscroll/protocol/server-frames'
import { z } from 'zod'
import type { StoreChange } from '../../stores/client-store.ts'
import { deviceName } from '../state/group-context.ts'
import type { AskingKey } from './resend-encryption.ts'

const record = z.object({
  /** As it came, without its ciphertext. */
  event: wireEvent,
  asked: z.int(),
  /** When it was last asked for, in milliseconds since the Unix epoch. */
  askedAt: z.int(),
  /** It came before this device was in the group. */
  early: z.literal(true).optional(),
})
type Unread = z.output<typeof record>
const askingKey = z.object({ publicKey: z.string(), privateKey: z.string() })

/**
 * Messages that this device, or another one of its user, should have been able to read: it asks the devices that sent
 * them.
 */
export interface UnreadableMessages {
  /** `early`: it came before this device was in the group. */
  add(event: WireEvent, when?: 'early'): readonly StoreChange[]
  get(conversationId: string, revision: number): WireEvent | undefined
  drop(conversationId: string, revision: number): readonly StoreChange[]
  /** What to ask for now, by the device that sent it; also for what came early? */
  due(conversationId: string, now: number, early: boolean): ReadonlyMap<string, readonly WireEvent[]>
  /** They were asked for; answers what to store. */
  asked(conversationId: string, events: readonly WireEvent[], now: number): readonly StoreChange[]
  key(conversationId: string): AskingKey | undefined
  keepKey(conversationId: string, key: AskingKey): StoreChange
}

/** Beyond it the oldest are given up. */
const mostUnread = 200
const mostAtOnce = 32
/** The second and third time: the answer may be on its way, or its device may be away. */
const pausesMs = [0, 60 * 60_000, 24 * 60 * 60_000]

const digits = (revision: number): string => String(revision).padStart(12, '0')
const keyOf = (id: string, revision: number): string => `unread/${id}/${digits(revision)}`
const keyKeyOf = (id: string): string => `asking/${id}`

const isDue = ({ asked, askedAt }: Unread, now: number): boolean => {
  const pause = pausesMs[asked]
  // A date that was set back does not delay it by that much.
  return pause !== undefined && (askedAt + pause <= now || askedAt > now)
}

const withoutCiphertext = (event: WireEvent): WireEvent => {
  const { ciphertext: _, ...data } = event.data
  return { ...event, data }
}

export const loadUnreadableMessages = (stored: ReadonlyMap<string, unknown>): UnreadableMessages => {
  const all = new Map<string, Map<number, Unread>>()
  const keys = new Map<string, AskingKey>()
  const of = (id: string) => {
    const one = all.get(id) ?? new Map<number, Unread>()
    all.set(id, one)
    return one
  }
  for (const [key, value] of stored) {
    const [kind, id = '', revision] = key.split('/')
    if (kind === 'unread') of(id).set(Number(revision), record.parse(value))
    if (kind === 'asking') keys.set(id, askingKey.parse(value))
  }
  const put = (id: string, value: Unread): StoreChange => {
    of(id).set(value.event.revision, value)
    return { key: keyOf(id, value.event.revision), value }
  }
  /** The key goes with the last one: nobody who recorded the answers can open them any more. */
  const drop = (id: string, revision: number): readonly StoreChange[] => {
    if (!of(id).delete(revision)) return []
    const gone = [{ key: keyOf(id, revision), value: undefined }]
    if (of(id).size > 0 || !keys.delete(id)) return gone
    return [...gone, { key: keyKeyOf(id), value: undefined }]
  }
  return {
    add: (event, when) => {
      const { id } = event.stream
      const [oldest] = of(id).keys()
      const given = of(id).size >= mostUnread && oldest !== undefined ? drop(id, oldest) : []
      return [
        ...given,
        put(id, { event: withoutCiphertext(event), asked: 0, askedAt: 0, ...(when && { early: true }) }),
      ]
    },
    get: (id, revision) => all.get(id)?.get(revision)?.event,
    drop,
    due: (id, now, early) => {
      const found = new Map<string, WireEvent[]>()
      for (const unread of all.get(id)?.values() ?? []) {
        const author = deviceName({ ...unread.event.actor })
        const events = found.get(author) ?? []
        if (unread.early && !early) continue
        if (isDue(unread, now) && events.length < mostAtOnce) found.set(author, [...events, unread.event])
      }
      return found
    },
    asked: (id, events, now) =>
      events.flatMap(({ revision }) => {
        const unread = of(id).get(revision)
        return unread === undefined ? [] : [put(id, { ...unread, asked: unread.asked + 1, askedAt: now })]
      }),
    key: (id) => keys.get(id),
    keepKey: (id, key) => {
      keys.set(id, key)
      return { key: keyKeyOf(id), value: { ...key } }
    },
  }
}
