import { createMemoryBlobs } from '../../../src/adapters/memory/blob-store.ts'
import { createPrepareCommit } from '../../../src/commands/rules/prepare-commit.ts'
import type { Actor } from '../../../src/domain/ids.ts'
import { createFakeGroup } from './fake-group.ts'
import { privateMessageFrame } from './mls-frames.ts'

const prepareCommit = createPrepareCommit({ blobs: createMemoryBlobs() })

/** The encryption group that a new conversation brings, and the body of its event: at epoch 1 with `others`, at epoch 0 without. */
export const beginningOf = async (conversationId: string, maker: Actor, others: readonly Actor[]) => {
  const { commit, body } = await prepareCommit(conversationId, createFakeGroup(conversationId).begin(maker, others))
  return { group: { addDevices: others, commit }, body }
}

/** A message to the group that a conversation began with, others in it. */
export const encryptedTo = (conversationId: string, content = 'hello'): string =>
  privateMessageFrame({ conversationId, epoch: 1 }, content)
