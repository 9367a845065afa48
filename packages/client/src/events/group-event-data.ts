import { signedDeparture } from '@backscroll/protocol/departure'
import { role } from '@backscroll/protocol/role'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { actProof } from '@backscroll/protocol/signed-act'
import { z } from 'zod'

/** The data of the events that change a group or its members, as far as this client needs it. */
const device = z.object({ userId: z.string(), deviceId: z.string() })
const blob = z.object({ hash: z.string() }).nullable()

const clientSeq = z.int().default(0)
const departure = z.object({ userId: z.string(), clientSeq, signed: z.object(signedDeparture).optional() })

const schemas = {
  ConversationStarted: z.object({
    kind: z.string().optional(),
    name: z.string().optional(),
    description: z.string().optional(),
    members: z.array(z.object({ userId: z.string() })),
  }),
  ConversationRenamed: z.object({ name: z.string() }),
  ConversationDescribed: z.object({ description: z.string() }),
  RetentionChanged: z.object({ seconds: z.int().nullable() }),
  MessagesExpired: z.object({ upTo: z.int() }),
  MembersAdded: z.object({ members: z.array(z.object({ userId: z.string() })) }),
  MemberRemoved: departure,
  MemberLeft: departure,
  RoleChanged: z.object({ userId: z.string(), role }),
  DeviceRemovalAsked: device,
  GroupReset: z.object({
    generation: z.int(),
    clientSeq,
    proof: actProof.optional(),
  }),
  GroupCommitted: z.object({
    generation: z.int(),
    epoch: z.int(),
    external: z.boolean(),
    added: z.array(device),
    commit: blob,
    welcome: blob,
    /** The commit, unless it is a blob or there is none. */
    ciphertext: z.string().nullable().optional(),
  }),
}

type Schemas = typeof schemas
export type Committed = z.output<Schemas['GroupCommitted']>
export type Reset = z.output<Schemas['GroupReset']>

/** Undefined for another type of event, and for one whose data is not what it should be. */
export const dataOf = <Type extends keyof Schemas>(
  event: WireEvent,
  type: Type,
): z.output<Schemas[Type]> | undefined => {
  if (event.type !== type) return undefined
  const parsed = schemas[type].safeParse(event.data)
  return parsed.success ? (parsed.data as z.output<Schemas[Type]>) : undefined
}
