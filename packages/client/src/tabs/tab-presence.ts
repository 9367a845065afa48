import type { DeviceActivity } from '@backscroll/protocol/client-frames'
import type { Presence } from '@backscroll/protocol/presence'
import type { ClientPresence, PresencePrivacy } from '../presence/presence-api.ts'

/** The presence API of one tab. The leader watches users for all tabs and asks the server. */
export interface TabPresence {
  api(watch: ClientPresence['watch']): ClientPresence
  /** There is a new leader, so it is told this tab's activity again. */
  sayActivity(): void
}

/** `tell` sends the activity to the leader, if there is one. */
export const createTabPresence = (
  ask: (method: string, args: readonly unknown[]) => Promise<unknown>,
  tell: (activity: DeviceActivity) => void,
): TabPresence => {
  let said: DeviceActivity | undefined
  const sayActivity = (): void => {
    if (said !== undefined) tell(said)
  }
  return {
    sayActivity,
    api: (watch) => ({
      watch,
      of: (userId) => ask('presence.of', [userId]) as Promise<Presence>,
      setActivity: (activity) => {
        said = activity
        sayActivity()
      },
      privacy: () => ask('presence.privacy', []) as Promise<PresencePrivacy>,
      setPrivacy: (change) => ask('presence.setPrivacy', [change]) as Promise<PresencePrivacy>,
    }),
  }
}
