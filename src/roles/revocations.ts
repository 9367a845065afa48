import type { Channels } from '../ports/channels.ts'
import { revocationChannel } from './channel-names.ts'

/** Whose access has ended: one device, or all of the user's. */
export interface Revocation {
  readonly userId: string
  readonly deviceId?: string
}

export const decodeRevocation = (text: string): Revocation => JSON.parse(text)

/** Has every gateway close the user's sockets. One that does not hear it refuses the next frame that needs the account's standing. */
export const createRevoke =
  (channels: Pick<Channels, 'publish'>, onError: (error: unknown) => void) =>
  (userId: string, deviceId?: string): void => {
    const revocation: Revocation = { userId, ...(deviceId !== undefined && { deviceId }) }
    channels.publish(revocationChannel, JSON.stringify(revocation)).catch(onError)
  }
