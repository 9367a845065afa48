import type { BackscrollError } from '../errors/backscroll-error.ts'

export interface SignOutOptions {
  /** The device stays the user's, with its keys and messages: signing in again as the same device continues. */
  readonly keepData?: boolean
}

/**
 * Removes this device from the account and ends its sign-in at the server, stops all clients over this store with
 * `signed_out`, and erases the store, its key, and the stored sign-in. Commands that were not sent are lost.
 * Resolves with an error if the server could not be told: nothing is left here all the same, and another device of
 * the user can revoke this one. If the process ends in between, the sign-out continues when the client is created
 * again, which rejects with `signed_out`.
 */
export type SignOut = (options?: SignOutOptions) => Promise<BackscrollError | undefined>

export interface ClientSignOut {
  readonly signOut: SignOut
}
