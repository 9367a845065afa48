import type { WireEvent } from '@backscroll/protocol/server-frames'
import { decodeControl } from '../content/message-content.ts'
import type { ClientEvent } from '../events/client-events.ts'
import { othersAddedBy } from '../events/group-event-data.ts'
import type { ProfileBook } from './profile-book.ts'
import type { SharedProfiles } from './shared-profiles.ts'

export interface ReceiveProfilesDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly profiles: Pick<ProfileBook, 'hear'>
  readonly sharedProfiles: Pick<SharedProfiles, 'told' | 'owe' | 'spoke'>
  /** The devices in the conversation's group, as `user/device`. */
  readonly devicesIn: (conversationId: string) => readonly string[]
  /** In a group with more devices, new ones are told when this user next sends a message. */
  readonly largest: number
  /** There may be a profile to send. */
  readonly changed: (conversationId: string) => void
}

/** Receives profiles, and keeps track of which devices this user's profile must still be sent to. */
export const createReceiveProfiles = (deps: ReceiveProfilesDeps) => {
  const { me, profiles, sharedProfiles, devicesIn, changed } = deps
  return {
    /** Called for each event of a conversation before the event is applied. */
    event: (event: WireEvent): void => {
      const { id } = event.stream
      const isLarge = () => devicesIn(id).length > deps.largest
      const isOwed = sharedProfiles.owe(id, { devices: othersAddedBy(event, me), isLarge })
      // Devices added by this event are handled once the event is applied.
      if (isOwed && event.type !== 'GroupCommitted') changed(id)
      if (event.type === 'MessageSent' && event.actor.userId === me.userId && sharedProfiles.spoke(id)) changed(id)
    },
    /** A device message. The encryption has verified that the actor sent it. */
    control: ({ stream, actor, at }: WireEvent, envelope: Uint8Array): readonly ClientEvent[] => {
      const content = decodeControl(envelope)
      if (content?.type !== 'profile') return []
      if (actor.userId === me.userId) sharedProfiles.told(stream.id, content.body.number, devicesIn(stream.id))
      return profiles.hear(actor.userId, content.body, at)
    },
  }
}
