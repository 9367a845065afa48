import {
  encodeMlsMessage,
  type GroupInfo,
  joinGroup,
  joinGroupExternal,
  type KeyPackage,
  makePskIndex,
  type Welcome,
  zeroOutUint8Array,
} from 'ts-mls'
import { ratchetTreeFromExtension } from 'ts-mls/groupInfo.js'
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js'
import { decryptGroupInfo, decryptGroupSecrets } from 'ts-mls/welcome.js'
import { fromUtf8, toHex } from '../../encoding/bytes.ts'
import { E2eeError, failingAs } from '../../errors/e2ee-error.ts'
import { type CreateCredentialCheck, deviceName } from '../../trust/credential-check.ts'
import type { Device } from '../../trust/device-certificate.ts'
import { mlsConfig } from '../library/mls-config.ts'
import { readMlsMessage } from '../library/mls-message.ts'
import { mlsSuite } from '../library/mls-suite.ts'
import { type Vouched, type Vouching, vouchedBy } from '../members/signed-roster.ts'
import { epochOf, type GroupState, type Member, membersOf } from '../state/group-state.ts'
import type { Pending } from '../state/pending-commit.ts'
import { encodeGroupInfo, type WithSeen } from './create-commit.ts'
import { generateFor, type OwnKeyPackage } from './key-packages.ts'

export interface Joined {
  readonly state: GroupState
  readonly epoch: number
  readonly members: readonly Member[]
  /** What the signer of the group's GroupInfo vouches for; the signature has been verified. */
  readonly vouched: Vouched
  /** The key package that was used. Delete it unless it is the last-resort one. */
  readonly keyPackage: OwnKeyPackage
}

const ownPackage = (welcome: Welcome, packages: readonly OwnKeyPackage[]): OwnKeyPackage => {
  const named = new Set(welcome.secrets.map(({ newMember }) => toHex(newMember)))
  const own = packages.find(({ id }) => named.has(id))
  if (own === undefined) throw new E2eeError('no_key_package')
  return own
}

const requireGroup = (groupId: Uint8Array, expected: string): void => {
  if (fromUtf8(groupId) !== expected) throw new E2eeError('wrong_group')
}

const requireOnce = (members: readonly Member[]): void => {
  const names = new Set(members.map(deviceName))
  if (names.size !== members.length) throw new E2eeError('unauthorised_device')
}

/** A device cannot join from outside a tree in which its user has no device: the members would refuse. */
const requireUser = (members: readonly Member[], device: Device): void => {
  if (!members.some(({ userId }) => userId === device.credential.userId))
    throw new E2eeError('forbidden_commit', { reason: 'a stranger joins' })
}

const treeOf = (groupInfo: GroupInfo) => {
  const tree = ratchetTreeFromExtension(groupInfo)
  if (tree === undefined) throw new E2eeError('malformed')
  return tree
}

/**
 * Checks what is vouched for before this device joins from outside: throws, or answers what this device vouches
 * for.
 */
export type Admit = (vouched: Vouched) => Vouching | Promise<Vouching>

/** The GroupInfo in a Welcome. The library reads it but does not return it. */
const infoIn = async (welcome: Welcome, { initPrivateKey }: OwnKeyPackage, keyPackage: KeyPackage) => {
  const suite = await mlsSuite()
  const reference = await makeKeyPackageRef(keyPackage, suite.hash)
  const key = await suite.hpke.importPrivateKey(initPrivateKey)
  const secrets = await decryptGroupSecrets(key, reference, welcome, suite.hpke)
  const noPsk = new Uint8Array(suite.kdf.size)
  const info = secrets && (await decryptGroupInfo(welcome, secrets.joinerSecret, noPsk, suite))
  if (secrets === undefined || info === undefined) throw new E2eeError('unreadable')
  zeroOutUint8Array(secrets.joinerSecret)
  return info
}

export const createJoining = (createCheck: CreateCredentialCheck) => ({
  vouched: (groupInfoBytes: Uint8Array): Vouched => {
    const { groupInfo } = readMlsMessage(groupInfoBytes, 'mls_group_info')
    return vouchedBy(groupInfo, treeOf(groupInfo))
  },

  /** `groupId`: the expected group. Checks every device in the tree. Throws `no_key_package`, `wrong_group`, ... */
  join: async (
    groupId: string,
    welcomeBytes: Uint8Array,
    device: Device,
    packages: readonly OwnKeyPackage[],
  ): Promise<WithSeen<Joined>> => {
    const { welcome } = readMlsMessage(welcomeBytes, 'mls_welcome')
    const own = ownPackage(welcome, packages)
    const { keyPackage } = readMlsMessage(own.keyPackage, 'mls_key_package')
    const check = createCheck()
    const keys = {
      initPrivateKey: own.initPrivateKey,
      hpkePrivateKey: own.leafPrivateKey,
      signaturePrivateKey: device.keys.privateKey,
    }
    const suite = await mlsSuite()
    const psks = makePskIndex(undefined, {})
    const config = mlsConfig(check.service)
    const state = {
      mls: await failingAs('unreadable', () =>
        joinGroup(welcome, keyPackage, keys, psks, suite, undefined, undefined, config),
      ),
    }
    requireGroup(state.mls.groupContext.groupId, groupId)
    const members = membersOf(state.mls.ratchetTree)
    requireOnce(members)
    const info = await failingAs('unreadable', () => infoIn(welcome, own, keyPackage))
    const vouched = vouchedBy(info, state.mls.ratchetTree)
    return { state, epoch: epochOf(state), members, vouched, keyPackage: own, seen: check.seen() }
  },

  /**
   * Joins from outside, replacing this device's old leaf if there is one. Takes effect by
   * `acceptPending(undefined, pending)`.
   */
  externalJoin: async (
    groupId: string,
    groupInfoBytes: Uint8Array,
    device: Device,
    now: number,
    admit?: Admit,
  ): Promise<WithSeen<Pending>> => {
    const { groupInfo } = readMlsMessage(groupInfoBytes, 'mls_group_info')
    requireGroup(groupInfo.groupContext.groupId, groupId)
    const tree = treeOf(groupInfo)
    const members = membersOf(tree)
    requireOnce(members)
    requireUser(members, device)
    const vouching = (await admit?.(vouchedBy(groupInfo, tree))) ?? {}
    const removed = members.filter((member) => deviceName(member) === deviceName(device.credential))
    const { publicPackage, privatePackage } = await generateFor(device, now, now + 1)
    const check = createCheck()
    const suite = await mlsSuite()
    const config = mlsConfig(check.service)
    const { publicMessage, newState } = await failingAs('unreadable', () =>
      joinGroupExternal(groupInfo, publicPackage, privatePackage, removed.length > 0, suite, undefined, config),
    )
    return {
      baseEpoch: Number(groupInfo.groupContext.epoch),
      commit: encodeMlsMessage({ version: 'mls10', wireformat: 'mls_public_message', publicMessage }),
      welcome: undefined,
      groupInfo: await encodeGroupInfo(newState, vouching),
      added: membersOf(newState.ratchetTree).filter((member) => deviceName(member) === deviceName(device.credential)),
      removed,
      next: { mls: newState },
      seen: check.seen(),
    }
  },
})
