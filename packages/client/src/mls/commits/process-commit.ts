import { type CommitStatement, parseCommitStatement } from '@backscroll/protocol/commit-statement'
import { makePskIndex, processPublicMessage } from 'ts-mls'
import { equalBytes } from '../../encoding/bytes.ts'
import { E2eeError, failingAs } from '../../errors/e2ee-error.ts'
import { type CreateCredentialCheck, deviceName } from '../../trust/credential-check.ts'
import { mlsConfig } from '../library/mls-config.ts'
import { readMlsMessage } from '../library/mls-message.ts'
import { mlsSuite } from '../library/mls-suite.ts'
import { epochOf, type GroupState, isRemoved, type Member, membersOf, requireMember } from '../state/group-state.ts'
import { historyAfter } from '../state/pending-commit.ts'
import { readCommit } from './commit-rules.ts'
import type { WithSeen } from './create-commit.ts'

export interface ProcessedCommit {
  readonly state: GroupState
  /** The new epoch. */
  readonly epoch: number
  readonly committer: Pick<Member, 'userId' | 'deviceId'>
  /** The committer came from outside and is in `added`. */
  readonly external: boolean
  readonly added: readonly Member[]
  /** What its committer has signed about the members. */
  readonly statement: CommitStatement
  readonly removed: readonly Member[]
  readonly selfRemoved: boolean
}

const membersAdded = (before: GroupState, after: GroupState, removed: readonly Member[]): readonly Member[] => {
  const gone = new Set(removed.map(deviceName))
  const stayed = new Set(
    membersOf(before.mls.ratchetTree)
      .map(deviceName)
      .filter((name) => !gone.has(name)),
  )
  return membersOf(after.mls.ratchetTree).filter((member) => !stayed.has(deviceName(member)))
}

const readFor = (state: GroupState, bytes: Uint8Array) => {
  const { publicMessage } = readMlsMessage(bytes, 'mls_public_message')
  const { groupId, epoch } = publicMessage.content
  if (!equalBytes(groupId, state.mls.groupContext.groupId)) throw new E2eeError('wrong_group')
  if (epoch !== state.mls.groupContext.epoch) throw new E2eeError('wrong_epoch', { epoch: Number(epoch) })
  const { sender } = publicMessage.content
  if (sender.senderType === 'member' && sender.leafIndex === state.mls.privatePath.leafIndex)
    throw new E2eeError('own_commit')
  return publicMessage
}

const readStatement = (authenticatedData: Uint8Array): CommitStatement => {
  const statement = parseCommitStatement(authenticatedData)
  if (statement === undefined) throw new E2eeError('forbidden_commit', { reason: 'no statement about members' })
  return statement
}

export const statementOf = (commit: Uint8Array): CommitStatement =>
  readStatement(readMlsMessage(commit, 'mls_public_message').publicMessage.content.authenticatedData)

/** What the commit removed from the old state, by our rule for late messages. */
const advance = (state: GroupState, mls: GroupState['mls'], removedSomebody: boolean): GroupState => ({
  mls: { ...mls, historicalReceiverData: historyAfter(state, removedSomebody) },
})

/**
 * Processes another device's commit. The given state stays valid, so a commit that throws (`identity_changed` above
 * all) can be tried again. Throws also `malformed`, `wrong_group`, `wrong_epoch`, `own_commit`, `forbidden_commit`,
 * `unauthorised_device`, `unreadable`, `removed`.
 */
export const createCommitProcessor =
  (createCheck: CreateCredentialCheck) =>
  async (state: GroupState, bytes: Uint8Array): Promise<WithSeen<ProcessedCommit>> => {
    requireMember(state)
    const message = readFor(state, bytes)
    const { external, committer, removed } = readCommit(state, message)
    const statement = readStatement(message.content.authenticatedData)
    const check = createCheck()
    const mls = { ...state.mls, clientConfig: mlsConfig(check.service) }
    const suite = await mlsSuite()
    const { newState } = await failingAs('unreadable', () =>
      processPublicMessage(mls, message, makePskIndex(undefined, {}), suite),
    )
    const next = advance(state, newState, removed.length > 0)
    const selfRemoved = isRemoved(next)
    const added = selfRemoved ? [] : membersAdded(state, next, removed)
    const who = { committer, external, added, statement, removed, selfRemoved }
    return { state: next, epoch: epochOf(next), ...who, seen: check.seen() }
  }
