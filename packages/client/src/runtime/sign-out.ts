import type { BackscrollClient } from '../api/client-api.ts'
import type { SignOut } from '../api/client-sign-out.ts'
import { BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { type Clock, sleep } from '../time/clock.ts'

/** Records that a sign-out has begun: after a process that ended in the middle, it continues. */
export const signingOutKey = 'signing_out'
/** The data on the device does not wait longer for the server. */
const patienceMs = 10_000

export interface SignOutDeps {
  readonly me: { readonly deviceId: string }
  readonly client: Pick<BackscrollClient, 'devices' | 'revokeDevice' | 'close'> & {
    readonly push: Pick<BackscrollClient['push'], 'unregister'>
  }
  readonly clock: Clock
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  /** Ends the connection, for good unless the application starts it again. */
  readonly stop: () => void
  /** Ends the sign-in here and at the server; resolves with an error if the server could not be told. */
  readonly endSignIn: () => Promise<BackscrollError | undefined>
  /** Deletes the store and its key. */
  readonly erase: () => Promise<void>
}

/** The server knows no such device, or no longer admits it: there is nothing left to unlink. */
const isGone = ({ code }: BackscrollError) =>
  ['revoked', 'unknown_device', 'not_found', 'account_erased', 'account_deactivated'].includes(code)

export const createSignOut = (deps: SignOutDeps): SignOut => {
  const { me, client, clock } = deps
  /** Other devices stay, including those that this one has let in. */
  const unlink = async () => {
    const listed = await client.devices()
    const others = listed.filter(({ deviceId, signatureKey }) => deviceId !== me.deviceId && signatureKey !== null)
    await client.revokeDevice(me.deviceId, { keep: others.map(({ deviceId }) => deviceId) })
  }
  const late = async () => {
    await sleep(clock, patienceMs)
    return new BackscrollError('unavailable', { message: 'The server did not answer in time' })
  }
  const told = async (step: () => Promise<BackscrollError | undefined>): Promise<BackscrollError | undefined> => {
    const error = await Promise.race([step().catch(toBackscrollError), late()])
    return error === undefined || isGone(error) ? undefined : error
  }
  return async ({ keepData = false } = {}) => {
    if (!keepData) await deps.write([{ key: signingOutKey, value: true }])
    deps.stop()
    // Not needed for a device that is revoked, because revocation deletes its push target.
    const unlinked = await told(() => (keepData ? client.push.unregister() : unlink()).then(() => undefined))
    const ended = await told(deps.endSignIn)
    if (keepData) return unlinked ?? ended
    // What could not be finished is erased now.
    await client.close().catch(() => {})
    await deps.erase()
    return unlinked ?? ended
  }
}
