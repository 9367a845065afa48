import type { DeviceActivity } from '@backscroll/protocol/client-frames'
import type { Presence } from '@backscroll/protocol/presence'
import type { ClientPresence, PresencePrivacy } from '../presence/presence-api.ts'

/** Presence of a tab: whoever leads watches for all tabs, and asks the server. */
export interface TabPresence {
  api(watch: ClientPresence['watch']): ClientPresence
  /** Another tab leads, or this one: it is told again. */
  sayActivity(): void
}

/** `tell`: whoever leads, if somebody does. */
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
