import type { WireEvent } from '@backscroll/protocol/server-frames'
import { decodeControl } from '../../content/message-content.ts'
import type { ClientEvent } from '../../events/client-events.ts'
import { dataOf } from '../../events/group-event-data.ts'
import { deviceName } from '../state/group-context.ts'
import type { DetailsBook } from './group-details.ts'

export interface ApplyDetailsDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly details: DetailsBook
  /** Asks the server for a name and description whose change this device has not seen. */
  readonly refresh: (conversationId: string, atLeast: string) => void
}

/** Follows a group's name and description: their present values, and the keys that open them. */
export const createApplyDetails = ({ me, details, refresh }: ApplyDetailsDeps) => {
  const lastTold = new Map<string, string>()

  /** What the application can read now, if that is new. */
  const news = async (conversationId: string): Promise<readonly ClientEvent[]> => {
    const texts = await details.read(conversationId)
    const before = lastTold.get(conversationId) ?? JSON.stringify({ name: null, description: null })
    lastTold.set(conversationId, JSON.stringify(texts))
    return before === JSON.stringify(texts) ? [] : [{ type: 'details', conversationId, ...texts }]
  }

  const noteTexts = (event: WireEvent): boolean => {
    const { id } = event.stream
    const started = dataOf(event, 'ConversationStarted')
    const { name } = dataOf(event, 'ConversationRenamed') ?? started ?? {}
    const { description } = dataOf(event, 'ConversationDescribed') ?? started ?? {}
    if (started?.kind === 'direct') return false
    if (name !== undefined || started) details.note(id, 'name', name ?? null, event.revision)
    if (description !== undefined || started) details.note(id, 'description', description ?? null, event.revision)
    return name !== undefined || description !== undefined
  }
  const noteArrivals = (event: WireEvent) => {
    const { id } = event.stream
    const joined = dataOf(event, 'MembersAdded')
    if (joined?.members.some(({ userId }) => userId === me.userId)) details.forgetTexts(id)
    const committed = dataOf(event, 'GroupCommitted')
    const came = committed?.added.some((device) => deviceName(device) !== deviceName(me))
    if (came && details.keys(id).length > 0) details.owe(id, event.revision, deviceName(event.actor))
  }

  return {
    news,
    /** Processes an event that is not a message. */
    event: async (event: WireEvent): Promise<readonly ClientEvent[]> => {
      noteArrivals(event)
      return noteTexts(event) ? news(event.stream.id) : []
    },
    /** What another device, or this one, has said to all devices of the group. */
    control: async ({ stream: { id }, position }: WireEvent, envelope: Uint8Array): Promise<readonly ClientEvent[]> => {
      const content = decodeControl(envelope)
      if (content?.type !== 'details') return []
      details.keep(id, content.body.keys)
      if (details.suffice(id, content.body.keys)) details.paid(id)
      if (!details.isKnown(id)) refresh(id, position)
      return news(id)
    },
  }
}

export type ApplyDetails = ReturnType<typeof createApplyDetails>
