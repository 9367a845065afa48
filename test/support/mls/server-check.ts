import { encodeDeviceCredential } from '@backscroll/protocol/device-credential'
import { parsePublicCommit } from '../../../src/domain/mls/public-message-commit.ts'
import { checkKeyPackage } from '../../../src/identity/accounts/devices/key-package-check.ts'
import type { MlsMember } from './member.ts'

/** What the server says to a key package of this device. */
export const keyPackageVerdict = ({ credential, publicKey }: MlsMember, keyPackage: Uint8Array): string => {
  const { userId, deviceId, identityKey, certificate } = credential
  const signatureKey = Buffer.from(publicKey).toString('base64')
  const device = { userId, deviceId, certificate, signatureKey, name: null, addedAt: 0, revokedAt: null }
  const verdict = checkKeyPackage(keyPackage, device, identityKey, false, Date.now())
  return verdict.kind === 'good' ? 'good' : verdict.fault
}

const names = (identities: readonly Uint8Array[]): readonly string[] =>
  identities.map((identity) => Buffer.from(identity).toString())

const nameOf = ({ credential }: MlsMember): string => Buffer.from(encodeDeviceCredential(credential)).toString()

/** What a commit is meant to be. */
export interface MeantCommit {
  readonly groupId: string
  readonly epoch: number
  readonly sender: number | 'external'
  readonly by: MlsMember
  readonly adds: readonly MlsMember[]
  readonly removes: readonly number[]
}

/** What the server reads off a commit, beside what it is meant to be: equal, if it understood. */
export const commitAsRead = (commit: Uint8Array, meant: MeantCommit) => {
  const { groupId, epoch, sender, by, adds, removes } = meant
  const read = parsePublicCommit(commit)
  const path = read?.path && names([read.path.identity])
  const needsPath = adds.length === 0 || path !== undefined
  return {
    read: read && {
      ...read,
      authenticatedData: read.authenticatedData.length,
      adds: names(read.adds.map(({ leaf }) => leaf.identity)),
      path,
    },
    meant: {
      groupId,
      epoch,
      sender,
      authenticatedData: 0,
      adds: adds.map(nameOf),
      removes,
      externalInit: sender === 'external',
      others: 0,
      path: needsPath ? [nameOf(by)] : undefined,
    },
  }
}
