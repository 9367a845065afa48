import { z } from 'zod'
import type { StoreChange } from '../stores/client-store.ts'
import type { Clock } from '../time/clock.ts'
import { createHourlyLimit } from '../time/hourly-limit.ts'

const record = z.object({
  number: z.int(),
  spoke: z.boolean(),
  /**
   * The devices that have received a name, and which one, so that a device that leaves and returns is not told
   * again.
   */
  knowing: z.object({ number: z.int(), devices: z.array(z.string()) }).default({ number: 0, devices: [] }),
  /** Devices arrived beyond the hourly limit. They are told in the next hour. */
  late: z.boolean().default(false),
})

/** What the devices of a conversation have received of this user's profile, from any of the user's devices. */
type Told = z.output<typeof record>

export interface Arrivals {
  /** The new devices, as `user/device`. Empty if the event added none. */
  readonly devices: readonly string[]
  readonly isLarge: () => boolean
}

export interface SharedProfiles {
  /** The number of the profile that all devices have. 0: there is none. */
  number(conversationId: string): number
  /** Whether this user has sent a message in the conversation. */
  hasSpoken(conversationId: string): boolean
  /** Records that this user has sent a message. Returns whether it is the first. */
  spoke(conversationId: string): boolean
  /** Records that the profile was sent. `devices`: those in the group, which have it now. */
  told(conversationId: string, number: number, devices: readonly string[]): void
  /**
   * Records an event that may have added devices. New devices without the profile must be sent it; in a large
   * group, when this user next sends a message. Returns whether there is now something to send that there was not
   * before.
   */
  owe(conversationId: string, arrivals: Arrivals): boolean
  forget(conversationId: string): void
  all(): Iterable<string>
}

const nothing: Told = record.parse({ number: 0, spoke: false })

/** Each device in a conversation would answer every arrival with a message that the server keeps for ever. */
const mostPerHour = 10
/** How many devices are remembered for each conversation, most recently told first. */
const mostKnowing = 200

const joined = ({ knowing }: Told, number: number, devices: readonly string[]): Told['knowing'] => {
  const before = knowing.number === number ? knowing.devices.filter((one) => !devices.includes(one)) : []
  return { number, devices: [...devices, ...before].slice(0, mostKnowing) }
}

export const loadSharedProfiles = (
  stored: ReadonlyMap<string, unknown>,
  store: (changes: readonly StoreChange[]) => void,
  clock: Pick<Clock, 'now'>,
): SharedProfiles => {
  const allows = createHourlyLimit(clock, mostPerHour)
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
      // Another device of this user may have sent a message before this device joined.
      if (number > before.number)
        put(id, { ...before, number, spoke: true, knowing: joined(before, number, devices), late: false })
    },
    owe: (id, { devices, isLarge }) => {
      const before = of(id)
      const { number, spoke, knowing, late } = before
      const hasNew = late || devices.some((one) => !knowing.devices.includes(one))
      const saysLater = hasNew && spoke && isLarge()
      if (!hasNew || !(number > 0 || saysLater)) return false
      if (allows(id)) {
        put(id, { ...before, number: 0, spoke: spoke && !saysLater, late: false })
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
