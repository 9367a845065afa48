import type { DeviceActivity } from '@backscroll/protocol/client-frames'

/** What this device says of whoever is at it. */
export interface OwnActivity {
  set(activity: DeviceActivity): void
  /** What the first frame of a connection says: nothing while somebody is there. */
  hello(): { readonly activity?: 'away' }
  /** A new connection has said what `hello` answered; it may have changed since. */
  live(): void
}

/** `send` answers whether it went out. */
export const createOwnActivity = (send: (activity: DeviceActivity) => boolean): OwnActivity => {
  let activity: DeviceActivity = 'active'
  /** As the server knows it over this connection. */
  let said: DeviceActivity | undefined
  const say = (): void => {
    if (said !== activity && send(activity)) said = activity
  }
  return {
    set: (next) => {
      activity = next
      say()
    },
    hello: () => {
      said = activity
      return activity === 'away' ? { activity } : {}
    },
    live: say,
  }
}
