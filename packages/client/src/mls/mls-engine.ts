import type { CommitStatement } from '@backscroll/protocol/commit-statement'
import type { DeviceCredential } from '@backscroll/protocol/device-credential'
import { credentialChecks } from '../trust/credential-check.ts'
import type { Device } from '../trust/device-certificate.ts'
import type { Pins } from '../trust/identity-pins.ts'
import {
  type ClaimedKeyPackage,
  type CommitOptions,
  createCommits,
  encodeGroupInfo,
  startGroup,
  type WithSeen,
} from './commits/create-commit.ts'
import { makeKeyPackages, type OwnKeyPackage } from './commits/key-packages.ts'
import { type Admit, createJoining, type Joined } from './commits/mls-join.ts'
import { createCommitProcessor, type ProcessedCommit, statementOf } from './commits/process-commit.ts'
import type { Vouched, Vouching } from './members/signed-roster.ts'
import { type Decrypted, decrypt, type Encrypted, encrypt } from './message-encryption.ts'
import {
  epochIdOf,
  epochOf,
  type GroupState,
  groupIdOf,
  membersOf,
  sealedIn,
  type TreeMember,
} from './state/group-state.ts'
import { acceptPending, type Pending } from './state/pending-commit.ts'

export interface MlsEngineDeps {
  /** The newest pins, read at the start of each operation. */
  pins(): Pins
  /** Milliseconds since the Unix epoch. */
  now(): number
}

/** MLS groups of devices. States are values, which the caller stores. Failures are E2eeErrors. */
export interface MlsEngine {
  makeKeyPackages(
    device: Device,
    count: number,
    options: { readonly lastResort: boolean },
  ): Promise<readonly OwnKeyPackage[]>
  createGroup(groupId: string, device: Device): Promise<GroupState>
  commitAdd(
    state: GroupState,
    claimed: readonly ClaimedKeyPackage[],
    options?: CommitOptions,
  ): Promise<WithSeen<Pending>>
  commitRemove(state: GroupState, leaves: readonly number[], options?: CommitOptions): Promise<WithSeen<Pending>>
  emptyCommit(state: GroupState, options?: CommitOptions): Promise<WithSeen<Pending>>
  acceptPending(current: GroupState | undefined, pending: Pending): GroupState
  processCommit(state: GroupState, commit: Uint8Array): Promise<WithSeen<ProcessedCommit>>
  join(
    groupId: string,
    welcome: Uint8Array,
    device: Device,
    packages: readonly OwnKeyPackage[],
  ): Promise<WithSeen<Joined>>
  externalJoin(groupId: string, groupInfo: Uint8Array, device: Device, admit?: Admit): Promise<WithSeen<Pending>>
  encrypt(state: GroupState, plaintext: Uint8Array, aad: Uint8Array): Promise<Encrypted>
  decrypt(state: GroupState, message: Uint8Array): Promise<Decrypted>
  members(state: GroupState): readonly TreeMember[]
  epoch(state: GroupState): number
  /**
   * Identifies the epoch: no other one has it, not even one with the same number in another life of the group.
   * Not secret.
   */
  epochId(state: GroupState): string
  /** How many messages this device has sealed in this epoch. */
  sealed(state: GroupState): number
  groupId(state: GroupState): string
  /** Throws as a commit with this device would. */
  checkDevice(identity: Uint8Array, publicKey: Uint8Array): Promise<DeviceCredential>
  groupInfo(state: GroupState, vouching?: Vouching): Promise<Uint8Array>
  /** The content of a GroupInfo; does not check its signature. */
  vouched(groupInfo: Uint8Array): Vouched
  /** What a commit states about the members; does not check its signature. */
  statement(commit: Uint8Array): CommitStatement
}

export const createMlsEngine = ({ pins, now }: MlsEngineDeps): MlsEngine => {
  const createCheck = credentialChecks(pins)
  const joining = createJoining(createCheck)
  const seconds = () => Math.floor(now() / 1000)
  return {
    makeKeyPackages: (device, count, options) => makeKeyPackages(device, count, { ...options, now: seconds() }),
    createGroup: (groupId, device) => startGroup(groupId, device, seconds()),
    ...createCommits(createCheck),
    acceptPending,
    processCommit: createCommitProcessor(createCheck),
    join: joining.join,
    externalJoin: (groupId, groupInfo, device, admit) =>
      joining.externalJoin(groupId, groupInfo, device, seconds(), admit),
    encrypt,
    decrypt,
    members: ({ mls }) => membersOf(mls.ratchetTree),
    epoch: epochOf,
    epochId: epochIdOf,
    sealed: sealedIn,
    groupId: groupIdOf,
    checkDevice: (identity, publicKey) => createCheck().check({ credentialType: 'basic', identity }, publicKey),
    groupInfo: ({ mls }, vouching = {}) => encodeGroupInfo(mls, vouching),
    vouched: joining.vouched,
    statement: statementOf,
  }
}
