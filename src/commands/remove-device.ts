import type { Actor } from '../domain/ids.ts'
import type { Commands } from './commands.ts'

export interface RemoveDeviceDeps {
  readonly commands: Pick<Commands, 'askDeviceRemoval'>
  /** Conversations whose encryption group the device is in, as of everything that is durable now. */
  readonly conversationsOf: (device: Actor) => Promise<readonly string[]>
}

/**
 * The process that follows a device's revocation: asks every group that it is in to remove it [E5]. `actor`: on whose behalf. Rejects when it could not
 * ask all of them; the same call again asks those that are left.
 */
export const createRemoveDevice =
  ({ commands, conversationsOf }: RemoveDeviceDeps) =>
  async (actor: Actor, device: Actor): Promise<void> => {
    for (const conversationId of await conversationsOf(device)) {
      await commands.askDeviceRemoval(conversationId, actor, device)
    }
  }
