import { conversationEventData as wire } from '@backscroll/protocol/conversation-events'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { z } from 'zod'

const numbered = { clientSeq: z.int().default(0) }

/** The data of the events that change a group or its members. */
const schemas = {
  ...wire,
  MemberRemoved: wire.MemberRemoved.extend(numbered),
  MemberLeft: wire.MemberLeft.extend(numbered),
  GroupReset: wire.GroupReset.extend(numbered),
}

type Schemas = typeof schemas
export type Committed = z.output<Schemas['GroupCommitted']>
export type Reset = z.output<Schemas['GroupReset']>

/** Undefined for another type of event, and for one with malformed data. */
export const dataOf = <Type extends keyof Schemas>(
  event: WireEvent,
  type: Type,
): z.output<Schemas[Type]> | undefined => {
  if (event.type !== type) return undefined
  const parsed = schemas[type].safeParse(event.data)
  return parsed.success ? (parsed.data as z.output<Schemas[Type]>) : undefined
}

/** Names of the devices that a commit lets in, by the word of its event; without this one. */
export const othersAddedBy = (
  event: WireEvent,
  me: { readonly userId: string; readonly deviceId: string },
): readonly string[] =>
  (dataOf(event, 'GroupCommitted')?.added ?? [])
    .filter(({ userId, deviceId }) => userId !== me.userId || deviceId !== me.deviceId)
    .map(({ userId, deviceId }) => `${userId}/${deviceId}`)
