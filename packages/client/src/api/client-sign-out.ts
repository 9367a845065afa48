import type { BackscrollError } from '../errors/backscroll-error.ts'

export interface SignOutOptions {
  /** The device stays the user's, with its keys and messages: signing in again as the same device goes on. */
  readonly keepData?: boolean
}

/**
 * Takes this device out of the account and ends its sign-in at the server, stops all clients over this store with
 * `signed_out`, and erases the store, its key, and the stored sign-in. Commands that were not sent are lost. Resolves with why the server
 * could not be told, if so: then nothing is left here all the same, and another device of the user can revoke this one.
 * A process that ends in between goes on with it when the client is created again, which rejects with `signed_out`.
 */
export type SignOut = (options?: SignOutOptions) => Promise<BackscrollError | undefined>

export interface ClientSignOut {
  readonly signOut: SignOut
}
