import { type AllowedHosts, createAllowedHosts } from '../../../runtime/allowed-hosts.ts'

/** What this server sends wake-ups with. */
export interface PushAccess {
  readonly fcm: boolean
  /** Base64url; undefined: no Web Push. */
  readonly vapidKey: () => Promise<string | undefined>
  /** Where push services of browsers may be. */
  readonly allowed: AllowedHosts
}

export const noPush: PushAccess = {
  fcm: false,
  vapidKey: async () => undefined,
  allowed: createAllowedHosts([]),
}
