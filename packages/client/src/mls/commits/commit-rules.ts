import type { MLSMessage, Proposal } from 'ts-mls'
import { E2eeError } from '../../errors/e2ee-error.ts'
import { deviceName, readCredential } from '../../trust/credential-check.ts'
import { type GroupState, type Member, memberAt, membersOf } from '../state/group-state.ts'

type PublicMessage = Extract<MLSMessage, { wireformat: 'mls_public_message' }>['publicMessage']
type CommitContent = Extract<PublicMessage['content'], { contentType: 'commit' }>

/** The content of a commit. Its signature is checked later. */
export interface ReadCommit {
  readonly external: boolean
  readonly committer: Pick<Member, 'userId' | 'deviceId'>
  readonly adds: number
  readonly removed: readonly Member[]
}

const refuse = (reason: string) => new E2eeError('forbidden_commit', { reason })

const proposalsOf = (content: CommitContent): readonly Proposal[] =>
  content.commit.proposals.map((entry) => {
    if (entry.proposalOrRefType !== 'proposal') throw refuse('by reference')
    return entry.proposal
  })

const removedBy = (state: GroupState, proposals: readonly Proposal[]): readonly Member[] =>
  proposals.flatMap((one) =>
    'remove' in one && one.proposalType === 'remove' ? [memberAt(state.mls.ratchetTree, one.remove.removed)] : [],
  )

const count = (proposals: readonly Proposal[], type: Proposal['proposalType']): number =>
  proposals.filter(({ proposalType }) => proposalType === type).length

/** A member's commit adds, or removes, or neither, and the member's device stays the same. */
const readMemberCommit = (state: GroupState, content: CommitContent, leaf: number): ReadCommit => {
  const proposals = proposalsOf(content)
  const committer = memberAt(state.mls.ratchetTree, leaf)
  const adds = count(proposals, 'add')
  const removed = removedBy(state, proposals)
  if (adds + removed.length !== proposals.length) throw refuse('proposal type')
  if (adds > 0 && removed.length > 0) throw refuse('adds and removes')
  const path = content.commit.path?.leafNode
  if (path !== undefined && deviceName(readCredential(path.credential)) !== deviceName(committer))
    throw refuse('another device in the path')
  return { external: false, committer, adds, removed }
}

/**
 * A device joins from outside. It may only replace its own old leaf, and only a user who is in the group may bring
 * a device in. Otherwise the server, which has the GroupInfo, could let anybody in.
 */
const readExternalCommit = (state: GroupState, content: CommitContent): ReadCommit => {
  const proposals = proposalsOf(content)
  const path = content.commit.path?.leafNode
  const removed = removedBy(state, proposals)
  if (path === undefined || count(proposals, 'external_init') !== 1) throw refuse('not an external commit')
  if (removed.length + 1 !== proposals.length || removed.length > 1) throw refuse('proposal type')
  const committer = readCredential(path.credential)
  const members = membersOf(state.mls.ratchetTree)
  if (removed.some((old) => deviceName(old) !== deviceName(committer))) throw refuse('removes another device')
  if (!members.some(({ userId }) => userId === committer.userId)) throw refuse('a stranger joins')
  const doubled = members.some((member) => deviceName(member) === deviceName(committer)) && removed.length === 0
  if (doubled) throw refuse('the device is in the group')
  return { external: true, committer, adds: 1, removed }
}

/** Throws `malformed` or `forbidden_commit`. The library checks none of this. */
export const readCommit = (state: GroupState, { content }: PublicMessage): ReadCommit => {
  if (content.contentType !== 'commit') throw new E2eeError('malformed')
  const { sender } = content
  if (sender.senderType === 'member') return readMemberCommit(state, content, sender.leafIndex)
  if (sender.senderType === 'new_member_commit') return readExternalCommit(state, content)
  throw refuse('sender')
}
