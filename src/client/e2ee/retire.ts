import type { ClientState, SecretTree } from 'ts-mls'
import { epochOf, type GroupState } from './group-state.ts'
import { forget, type Spent } from './messages.ts'

const ratchetsOf = (tree: SecretTree): Spent =>
  tree.flatMap(({ application, handshake }) =>
    [application, handshake].flatMap(({ secret, unusedGenerations }) => [secret, ...Object.values(unusedGenerations)]),
  )

const treesOf = ({ groupContext, secretTree, historicalReceiverData }: ClientState): ReadonlyMap<bigint, SecretTree> =>
  new Map([
    [groupContext.epoch, secretTree],
    ...[...historicalReceiverData].map(([epoch, old]): [bigint, SecretTree] => [epoch, old.secretTree]),
  ])

const scheduleKeys = ({ keySchedule }: ClientState): Spent => {
  const { initSecret, exporterSecret, externalSecret, membershipKey, confirmationKey } = keySchedule
  return [initSecret, exporterSecret, externalSecret, membershipKey, confirmationKey]
}

/**
 * The group has moved from one epoch to the next, and the new state is stored: overwrites the keys of the old one that the new one does not
 * need. The old state is of no use afterwards. Call it once the server has accepted the commit, never before.
 */
export const retire = (before: GroupState, after: GroupState): void => {
  if (epochOf(after) <= epochOf(before)) return
  const kept = treesOf(after.mls)
  for (const [epoch, tree] of treesOf(before.mls)) if (!kept.has(epoch)) forget(ratchetsOf(tree))
  forget(scheduleKeys(before.mls))
}
