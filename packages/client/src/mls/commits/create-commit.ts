import { encodeCommitStatement, type RoleChange } from '@backscroll/protocol/commit-statement'
import { type ClientState, createCommit, createGroup, encodeMlsMessage, type Proposal } from 'ts-mls'
import { createGroupInfoWithExternalPubAndRatchetTree } from 'ts-mls/createCommit.js'
import { utf8 } from '../../encoding/bytes.ts'
import { E2eeError, failingAs } from '../../errors/e2ee-error.ts'
import type { CreateCredentialCheck, CredentialCheck } from '../../trust/credential-check.ts'
import { deviceName } from '../../trust/credential-check.ts'
import type { Device } from '../../trust/device-certificate.ts'
import { mlsConfig } from '../library/mls-config.ts'
import { readMlsMessage } from '../library/mls-message.ts'
import { mlsSuite } from '../library/mls-suite.ts'
import { type Vouching, vouchingExtensions } from '../members/signed-roster.ts'
import { epochOf, type GroupState, memberAt, membersOf, requireMember } from '../state/group-state.ts'
import type { Pending } from '../state/pending-commit.ts'
import { generateFor } from './key-packages.ts'

/** A key package as the server handed it out, and the device that it claims to belong to. */
export interface ClaimedKeyPackage {
  readonly userId: string
  readonly deviceId: string
  /** An MLSMessage. */
  readonly keyPackage: Uint8Array
}

/** `groupId`: the conversation's id, or `<id>/<generation>`. The group holds this device alone, at epoch 0. */
export const startGroup = async (groupId: string, device: Device, now: number): Promise<GroupState> => {
  const { publicPackage, privatePackage } = await generateFor(device, now, now + 1)
  const config = mlsConfig({ validateCredential: async () => false })
  return { mls: await createGroup(utf8(groupId), publicPackage, privatePackage, [], await mlsSuite(), config) }
}

/**
 * What the committer states about the members, under its signature, for those who join as well: the members of the
 * epoch that begins.
 */
export interface CommitOptions extends Vouching {
  /** Users who become members by the commit. */
  readonly addUsers?: readonly string[]
  /** The user who gets another role. */
  readonly role?: RoleChange
}

export const encodeGroupInfo = async (mls: ClientState, vouching: Vouching): Promise<Uint8Array> => {
  const extensions = vouchingExtensions(vouching)
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(mls, extensions, await mlsSuite())
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo })
}

const commitWith = async (
  check: CredentialCheck,
  state: GroupState,
  extraProposals: Proposal[],
  { addUsers = [], role, ...vouching }: CommitOptions,
) => {
  const authenticatedData = encodeCommitStatement({ addUsers, role })
  const groupInfoExtensions = vouchingExtensions(vouching)
  const base = { ...state.mls, clientConfig: mlsConfig(check.service) }
  return createCommit(
    { state: base, cipherSuite: await mlsSuite() },
    { wireAsPublicMessage: true, ratchetTreeExtension: true, extraProposals, authenticatedData, groupInfoExtensions },
  )
}

type Commit = Awaited<ReturnType<typeof commitWith>>

const encodeWelcome = ({ welcome }: Commit): Uint8Array | undefined =>
  welcome && encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome })

const toPending = async (
  state: GroupState,
  removed: Pending['removed'],
  commit: Commit,
  vouching: Vouching,
): Promise<Pending> => {
  const before = new Set(membersOf(state.mls.ratchetTree).map(deviceName))
  const { newState } = commit
  return {
    baseEpoch: epochOf(state),
    commit: encodeMlsMessage(commit.commit),
    welcome: encodeWelcome(commit),
    groupInfo: await encodeGroupInfo(newState, vouching),
    added: membersOf(newState.ratchetTree).filter((member) => !before.has(deviceName(member))),
    removed,
    next: { mls: { ...newState, historicalReceiverData: new Map() } },
  }
}

/** The result of an operation, and the devices whose certificates it saw: pass them to `noteSeen`. */
export type WithSeen<Value> = Value & { readonly seen: ReturnType<CredentialCheck['seen']> }

const make = async (
  check: CredentialCheck,
  state: GroupState,
  proposals: Proposal[],
  options: CommitOptions,
  removed: Pending['removed'] = [],
): Promise<WithSeen<Pending>> => {
  requireMember(state)
  const commit = await failingAs('unreadable', () => commitWith(check, state, proposals, options))
  return { ...(await toPending(state, removed, commit, options)), seen: check.seen() }
}

const addProposal = async (check: CredentialCheck, claimed: ClaimedKeyPackage): Promise<Proposal> => {
  const { keyPackage } = readMlsMessage(claimed.keyPackage, 'mls_key_package')
  const { credential, signaturePublicKey } = keyPackage.leafNode
  const found = await check.check(credential, signaturePublicKey)
  const { userId, deviceId } = claimed
  if (deviceName(found) !== deviceName(claimed)) throw new E2eeError('unauthorised_device', { userId, deviceId })
  return { proposalType: 'add', add: { keyPackage } }
}

/** One commit never both adds and removes: there are three kinds of commits, and the external one. */
export const createCommits = (createCheck: CreateCredentialCheck) => ({
  commitAdd: async (
    state: GroupState,
    claimed: readonly ClaimedKeyPackage[],
    options: CommitOptions = {},
  ): Promise<WithSeen<Pending>> => {
    const check = createCheck()
    const proposals: Proposal[] = []
    for (const one of claimed) proposals.push(await addProposal(check, one))
    return make(check, state, proposals, options)
  },
  commitRemove: async (
    state: GroupState,
    leaves: readonly number[],
    options: CommitOptions = {},
  ): Promise<WithSeen<Pending>> => {
    const removed = leaves.map((leaf) => memberAt(state.mls.ratchetTree, leaf))
    const proposals = leaves.map((leaf): Proposal => ({ proposalType: 'remove', remove: { removed: leaf } }))
    return make(createCheck(), state, proposals, options, removed)
  },
  emptyCommit: (state: GroupState, options: CommitOptions = {}): Promise<WithSeen<Pending>> =>
    make(createCheck(), state, [], options),
})
