import type { ClientState, SecretTree } from 'ts-mls'
import { forget, type Spent } from './message-encryption.ts'
import type { GroupState } from './state/group-state.ts'

const ratchetsOf = (tree: SecretTree): Spent =>
  tree.flatMap(({ application, handshake }) =>
    [application, handshake].flatMap(({ secret, unusedGenerations }) => [secret, ...Object.values(unusedGenerations)]),
  )

/** The secrets of the epochs whose late messages can still be opened. */
const oldSecrets = ({ historicalReceiverData }: ClientState): Spent =>
  [...historicalReceiverData.values()].flatMap(({ secretTree, senderDataSecret, resumptionPsk }) => [
    ...ratchetsOf(secretTree),
    senderDataSecret,
    resumptionPsk,
  ])

/** Everything that opens or makes messages and commits. The device's own signature key does not belong to the group. */
export const secretsOf = ({ mls }: GroupState): Spent => [
  ...ratchetsOf(mls.secretTree),
  ...Object.values<Uint8Array>({ ...mls.keySchedule }),
  ...Object.values(mls.privatePath.privateKeys),
  ...oldSecrets(mls),
]

/**
 * The group has left an epoch, and the state that followed is stored: overwrites the keys of the old state, except
 * those that states in use share with it. The old state is unusable afterwards.
 */
export const retire = (before: GroupState, used: readonly GroupState[]): void => {
  const needed = new Set(used.flatMap(secretsOf))
  forget(secretsOf(before).filter((bytes) => !needed.has(bytes)))
}
