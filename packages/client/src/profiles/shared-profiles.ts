import { z } from 'zod'
import type { StoreChange } from '../stores/client-store.ts'

const record = z.object({
  number: z.int(),
  spoke: z.boolean(),
  /** Devices that were told a name, and which one: whoever leaves and comes again is not told again. */
  knowing: z.object({ number: z.int(), devices: z.array(z.string()) }).default({ number: 0, devices: [] }),
  /** How often arrivals were told of in the hour that began then, server time. */
  hour: z.object({ since: z.number(), count: z.int() }).default({ since: 0, count: 0 }),
  /** Devices have come that are told after the hour. */
  late: z.boolean().default(false),
})

/** Which of the own user's profiles a conversation's devices were told, by whichever of the user's devices. */
type Told = z.output<typeof record>

export interface Arrivals {
  /** Names of devices; empty where none has come. */
  readonly devices: readonly string[]
  readonly isLarge: () => boolean
  /** Server time of the event, milliseconds. */
  readonly at: number
}

export interface SharedProfiles {
  /** The number of the profile; 0: none that all of them have. */
  number(conversationId: string): number
  /** The user has said something there. */
  hasSpoken(conversationId: string): boolean
  /** Answers whether that is news. */
  spoke(conversationId: string): boolean
  /** `devices`: those in the group, which know it now. */
  told(conversationId: string, number: number, devices: readonly string[]): void
  /**
   * Something has happened, at most that devices have come. Those that know nothing are to be told; in a large group
   * when this user says something again. Answers whether there is something to tell that was not before.
   */
  owe(conversationId: string, arrivals: Arrivals): boolean
  forget(conversationId: string): void
  all(): Iterable<string>
}

const nothing: Told = record.parse({ number: 0, spoke: false })

const hourMs = 3_600_000
/** Every device of a conversation answers an arrival by a message that is kept for ever. */
const mostPerHour = 10
/** Devices that are remembered in each conversation, those told last. */
const mostKnowing = 200

const joined = ({ knowing }: Told, number: number, devices: readonly string[]): Told['knowing'] => {
  const before = knowing.number === number ? knowing.devices.filter((one) => !devices.includes(one)) : []
  return { number, devices: [...devices, ...before].slice(0, mostKnowing) }
}

export const loadSharedProfiles = (
  stored: ReadonlyMap<string, unknown>,
  store: (changes: readonly StoreChange[]) => void,
): SharedProfiles => {
  const all = new Map<string, Told>()
  for (const [key, value] of stored) if (key.startsWith('named/')) all.set(key.slice(6), record.parse(value))

  const of = (id: string): Told => all.get(id) ?? nothing
  const put = (id: string, next: Told): void => {
    all.set(id, next)
    store([{ key: `named/${id}`, value: next }])
  }
  return {
    number: (id) => of(id).number,
    hasSpoken: (id) => of(id).spoke,
    spoke: (id) => {
      if (of(id).spoke) return false
      put(id, { ...of(id), spoke: true })
      return true
    },
    told: (id, number, devices) => {
      const before = of(id)
      // Another device of the user may be the one that has spoken, before this one came.
      if (number > before.number)
        put(id, { ...before, number, spoke: true, knowing: joined(before, number, devices), late: false })
    },
    owe: (id, { devices, isLarge, at }) => {
      const before = of(id)
      const { number, spoke, knowing, late } = before
      const hasNew = late || devices.some((one) => !knowing.devices.includes(one))
      const saysLater = hasNew && spoke && isLarge()
      if (!hasNew || !(number > 0 || saysLater)) return false
      const hour = at - before.hour.since >= hourMs ? { since: at, count: 0 } : before.hour
      if (hour.count < mostPerHour) {
        const counted = { ...hour, count: hour.count + 1 }
        put(id, { ...before, number: 0, spoke: spoke && !saysLater, hour: counted, late: false })
        return true
      }
      if (!late) put(id, { ...before, late: true })
      return false
    },
    forget: (id) => {
      if (all.delete(id)) store([{ key: `named/${id}`, value: undefined }])
    },
    all: () => all.keys(),
  }
}
