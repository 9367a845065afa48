import type { DeviceActivity } from '@backscroll/protocol/client-frames'

/** Whether somebody is at this device, as this device tells the server. */
export interface OwnActivity {
  set(activity: DeviceActivity): void
  /** The field for the first frame of a connection. Empty while somebody is at the device, which is the default. */
  hello(): { readonly activity?: 'away' }
  /** The connection is live, so `hello` has been sent. Sends the activity again if it has changed since. */
  live(): void
}

/** `send` returns whether the frame was sent. */
export const createOwnActivity = (send: (activity: DeviceActivity) => boolean): OwnActivity => {
  let activity: DeviceActivity = 'active'
  /** The activity that the server knows over this connection. */
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
