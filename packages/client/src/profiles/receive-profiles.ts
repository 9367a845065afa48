import type { WireEvent } from '@backscroll/protocol/server-frames'
import { decodeControl } from '../content/message-content.ts'
import type { ClientEvent } from '../events/client-events.ts'
import { dataOf } from '../events/group-event-data.ts'
import type { ProfileBook } from './profile-book.ts'
import type { SharedProfiles } from './shared-profiles.ts'

export interface ReceiveProfilesDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly profiles: Pick<ProfileBook, 'hear'>
  readonly sharedProfiles: Pick<SharedProfiles, 'told' | 'owe' | 'spoke'>
  /** Names of the devices in the conversation's group. */
  readonly devicesIn: (conversationId: string) => readonly string[]
  /** More devices than that are told when this user says something. */
  readonly largest: number
  /** There may be something to tell. */
  readonly changed: (conversationId: string) => void
}

const deviceName = ({ userId, deviceId }: ReceiveProfilesDeps['me']): string => `${userId}/${deviceId}`

/** Follows what users say about themselves, and whom the own user has to tell. */
export const createReceiveProfiles = (deps: ReceiveProfilesDeps) => {
  const { me, profiles, sharedProfiles, devicesIn, changed } = deps
  const othersAddedBy = (event: WireEvent): readonly string[] =>
    (dataOf(event, 'GroupCommitted')?.added ?? []).map(deviceName).filter((name) => name !== deviceName(me))

  return {
    /** Any event of a conversation, before it is taken in. */
    event: (event: WireEvent): void => {
      const { stream, at } = event
      const { id } = stream
      const isLarge = () => devicesIn(id).length > deps.largest
      const isOwed = sharedProfiles.owe(id, { devices: othersAddedBy(event), isLarge, at })
      // Those who come with this very event are looked after once it is taken in.
      if (isOwed && event.type !== 'GroupCommitted') changed(id)
      if (event.type === 'MessageSent' && event.actor.userId === me.userId && sharedProfiles.spoke(id)) changed(id)
    },
    /** A message to devices, which is its actor's: the encryption has shown that. */
    control: ({ stream, actor, at }: WireEvent, envelope: Uint8Array): readonly ClientEvent[] => {
      const content = decodeControl(envelope)
      if (content?.type !== 'profile') return []
      if (actor.userId === me.userId) sharedProfiles.told(stream.id, content.body.number, devicesIn(stream.id))
      return profiles.hear(actor.userId, content.body, at)
    },
  }
}
