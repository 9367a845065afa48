import { type AllowedHosts, createAllowedHosts } from '../../../runtime/allowed-hosts.ts'

/** The ways in which this server wakes devices. */
export interface PushAccess {
  readonly fcm: boolean
  /** Base64url. Undefined without Web Push. */
  readonly vapidKey: () => Promise<string | undefined>
  /** The hosts of browsers' push services that devices may name. */
  readonly allowed: AllowedHosts
}

export const noPush: PushAccess = {
  fcm: false,
  vapidKey: async () => undefined,
  allowed: createAllowedHosts([]),
}
