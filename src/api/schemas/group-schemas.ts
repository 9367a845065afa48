import { conversationId, deviceId, revision, userId } from '@backscroll/protocol/ids'
import { limits } from '@backscroll/protocol/limits'
import { role } from '@backscroll/protocol/role'
import { actProof } from '@backscroll/protocol/signed-act'
import { z } from 'zod'
import { numbers } from './command-result.ts'

/** Longer than any part may be, so that the answer to one that is too long can say how long it may be. */
const partCharacters = limits.groupPartBytes * 2

/** What fastify takes of a request with a commit, a Welcome and a GroupInfo in base64. */
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
  ...numbers,
  epoch: z.int().min(0).describe('That the commit ends.'),
  upTo: revision.describe(
    'Up to which you had taken in the conversation: the GroupInfo says who the members are as of then.',
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
  ...numbers,
  generation: z.int().min(1).describe('Of the group that begins: one more than that of the group that is given up.'),
  proof: actProof.describe('That your device gave it up, signed by its key.'),
})

export const blobParams = z.object({ conversationId, hash: z.string().regex(/^[0-9a-f]{64}$/) })
export const deviceParams = z.object({ deviceId })
export const acknowledgeWelcome = z.strictObject({ conversationId, revision })

export type CommitBody = z.output<typeof commit>
export type GroupBeginningBody = z.output<typeof groupBeginning>
