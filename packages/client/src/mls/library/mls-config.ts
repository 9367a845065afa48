import { parseDeviceCredential } from '@backscroll/protocol/device-credential'
import type { AuthenticationService, ClientConfig } from 'ts-mls'
import { equalBytes } from '../../encoding/bytes.ts'

/** How many messages of one sender may come late, and how far a message may run ahead of the last one that came. */
const outOfOrder = { kept: 64, forward: 2000 }

/** Adding a thousand devices compares each with each: every credential is parsed once. */
const parsed = new WeakMap<Uint8Array, string>()

const deviceOf = (identity: Uint8Array): string => {
  const known = parsed.get(identity)
  if (known !== undefined) return known
  const credential = parseDeviceCredential(identity)
  const device = credential === undefined ? '' : `${credential.userId}/${credential.deviceId}`
  parsed.set(identity, device)
  return device
}

/** A device is in a group once, whatever its key. */
const sameDevice: ClientConfig['keyPackageEqualityConfig']['compareKeyPackageToLeafNode'] = ({ leafNode }, leaf) =>
  equalBytes(leafNode.signaturePublicKey, leaf.signaturePublicKey) ||
  (leafNode.credential.credentialType === 'basic' &&
    leaf.credential.credentialType === 'basic' &&
    deviceOf(leafNode.credential.identity) === deviceOf(leaf.credential.identity))

/**
 * `retainKeysForEpochs: 1` keeps the previous epoch (0 would keep all). The lifetimes of others are not checked
 * when a commit arrives: whether a member can follow the group must not depend on its clock.
 */
export const mlsConfig = (authService: AuthenticationService, padUntilLength = 512): ClientConfig => ({
  keyRetentionConfig: {
    retainKeysForGenerations: outOfOrder.kept,
    retainKeysForEpochs: 1,
    maximumForwardRatchetSteps: outOfOrder.forward,
  },
  lifetimeConfig: { maximumTotalLifetime: 2n ** 40n, validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: {
    compareKeyPackages: (one, other) => sameDevice(one, other.leafNode),
    compareKeyPackageToLeafNode: sameDevice,
  },
  paddingConfig: { kind: 'padUntilLength', padUntilLength },
  authService,
})
