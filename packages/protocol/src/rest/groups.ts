import { z } from 'zod'
import { conversationId, deviceId, revision, userId } from '../ids.ts'
import { limits } from '../limits.ts'
import { role } from '../role.ts'
import { actProof } from '../signed-act.ts'
import { actor, commandNumbers, opaqueBytes } from './shared-fields.ts'

/** Longer than any part may be, so that the answer to a too long one can state the limit. */
const partCharacters = limits.groupPartBytes * 2

/** The largest request with a commit, a Welcome and a GroupInfo in base64. */
export const groupBodyBytes = limits.groupPartBytes * 6

const part = z
  .string()
  .min(1)
  .max(partCharacters)
  .regex(/^[A-Za-z0-9+/]*={0,2}$/, 'must be base64')

const device = z.strictObject({ userId, deviceId })
const devices = z.array(device).max(limits.groupDevices).default([])

const parts = {
  commit: part
    .optional()
    .describe('MLSMessage with a PublicMessage, base64. Absent for a group that begins with your device alone.'),
  welcome: part.optional().describe('MLSMessage with a Welcome, base64: needed when devices are added.'),
  groupInfo: part.describe('MLSMessage with the GroupInfo of the epoch that the commit begins, base64.'),
}

export const groupBeginning = z.strictObject({ addDevices: devices, ...parts })

export const commit = z.strictObject({
  ...commandNumbers,
  epoch: z.int().min(0).describe('The epoch that the commit ends.'),
  upTo: revision.describe(
    'How far you had followed the conversation: the GroupInfo names the members as of this revision.',
  ),
  change: z.strictObject({
    addUsers: z.array(userId).max(limits.membersPerRequest).default([]),
    addDevices: devices,
    removeDevices: devices,
    role: z
      .strictObject({ userId, role })
      .optional()
      .describe('Gives a member another role; then nothing else changes.'),
  }),
  ...parts,
})

export const groupReset = z.strictObject({
  ...commandNumbers,
  generation: z.int().min(1).describe('The generation of the new group: one more than that of the old one.'),
  proof: actProof.describe("Shows that your device gave the group up: signed by the device's key."),
})

export const leaf = actor.extend({ leaf: z.int() })

export const groupState = z.object({
  conversationId: z.string(),
  generation: z.int(),
  epoch: z.int(),
  revision: z.int().describe('The revision of the event that last changed the group.'),
  groupInfo: opaqueBytes
    .nullable()
    .describe('The GroupInfo of this epoch. Null after a reset, until the first commit.'),
  departures: z
    .array(z.int())
    .max(limits.members)
    .describe('The revisions of later events in which members left or were removed.'),
  leaves: z.array(leaf),
  pendingRemovals: z.array(actor).describe('The devices that the next commit must remove.'),
})

export const blobParams = z.object({ conversationId, hash: z.string().regex(/^[0-9a-f]{64}$/) })

export type CommitBody = z.output<typeof commit>
export type GroupBeginningBody = z.output<typeof groupBeginning>
export type GroupState = z.output<typeof groupState>
