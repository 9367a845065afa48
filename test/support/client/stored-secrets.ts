import { loadGroups } from '../../../packages/client/src/groups/state/stored-group.ts'
import { secretsOf } from '../../../packages/client/src/mls/key-erasure.ts'

/** The keys of a conversation's group as they are in a store. Without those of inner nodes, which are empty there. */
export const secretsIn = (stored: ReadonlyMap<string, unknown>, conversationId: string): readonly Uint8Array[] => {
  const state = loadGroups(stored).get(conversationId)?.state
  if (state === undefined) throw new Error('The store has no such group')
  return secretsOf(state).filter(({ length }) => length >= 16)
}
