import type { AccessEnd } from '@backscroll/protocol/close-codes'
import type { Channels } from '../../ports/channels.ts'
import { revocationChannel } from '../messages/channel-names.ts'

/** Ended access: one device's, or all of the user's. */
export interface Revocation {
  readonly userId: string
  readonly why: AccessEnd
  readonly deviceId?: string
}

/**
 * Tells every process: gateways close the user's sockets, and nobody uses a cached account any more. A process that
 * misses it refuses as soon as it looks again.
 */
export const createRevoke =
  (channels: Pick<Channels, 'publish'>, onError: (error: unknown) => void) =>
  (userId: string, why: AccessEnd, deviceId?: string): void => {
    const revocation: Revocation = { userId, why, ...(deviceId !== undefined && { deviceId }) }
    channels.publish(revocationChannel, JSON.stringify(revocation)).catch(onError)
  }

/** Calls `use` with what any process tells; resolves with a function that stops this. */
export const subscribeRevocations = (
  channels: Pick<Channels, 'listen'>,
  use: (revocation: Revocation) => void,
): Promise<() => Promise<void>> => channels.listen(revocationChannel, (text) => use(JSON.parse(text)))
