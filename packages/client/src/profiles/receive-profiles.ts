import type { WireEvent } from '@backscroll/protocol/server-frames'
import { decodeControl } from '../content/message-content.ts'
import type { ClientEvent } from '../events/client-events.ts'
import { dataOf } from '../events/group-event-data.ts'
import type { ProfileBook } from './profile-book.ts'
import type { ToldProfiles } from './told-profiles.ts'

export interface ReceiveProfilesDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly profiles: Pick<ProfileBook, 'hear'>
  readonly toldProfiles: Pick<ToldProfiles, 'told' | 'owe' | 'spoke'>
  readonly isLarge: (conversationId: string) => boolean
  /** There may be something to tell. */
  readonly changed: (conversationId: string) => void
}

/** Follows what users say about themselves, and whom the own user has to tell. */
export const createReceiveProfiles = ({ me, profiles, toldProfiles, isLarge, changed }: ReceiveProfilesDeps) => {
  const isOwnDevice = (device: { readonly userId: string; readonly deviceId: string }) =>
    device.userId === me.userId && device.deviceId === me.deviceId

  return {
    /** Any event of a conversation, before it is taken in. */
    event: (event: WireEvent): void => {
      const { id } = event.stream
      const added = dataOf(event, 'GroupCommitted')?.added ?? []
      if (added.some((device) => !isOwnDevice(device))) toldProfiles.owe(id, isLarge(id))
      if (event.type === 'MessageSent' && event.actor.userId === me.userId && toldProfiles.spoke(id)) changed(id)
    },
    /** A message to devices, which is its actor's: the encryption has shown that. */
    control: ({ stream, actor, at }: WireEvent, envelope: Uint8Array): readonly ClientEvent[] => {
      const content = decodeControl(envelope)
      if (content?.type !== 'profile') return []
      if (actor.userId === me.userId) toldProfiles.told(stream.id, content.body.number)
      return profiles.hear(actor.userId, content.body, at)
    },
  }
}
