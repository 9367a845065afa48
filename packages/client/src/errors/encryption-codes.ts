/** What can go wrong between devices; the server has no part in it, or is the culprit. */
export const encryptionTitles = {
  /** The bytes are not what they should be: another MLS message, or none. */
  malformed: 'These bytes are not the expected MLS message',
  wrong_group: 'This message belongs to another group',
  /** `details.epoch`: the message's. Behind: keys are gone. Ahead: commits are missing. */
  wrong_epoch: 'This message belongs to another epoch',
  /** A signature, tag or ciphertext does not verify, or the message was opened before. */
  unreadable: 'This message cannot be decrypted or does not verify',
  /** A certificate is missing, forged or of another device: a ghost device or a swapped key package. */
  unauthorised_device: 'This device is not certified by its user',
  /** The user's identity key is not the pinned one. Wait until a person confirmed the new one. */
  identity_changed: 'The identity key of this user has changed',
  /** A commit does something that this protocol does not allow. */
  forbidden_commit: 'This commit makes a change that is never allowed',
  /** A change of the members that is not signed by who may make it, or was signed in an epoch that is over. */
  forbidden_change: 'This change of the members was not signed by a member who may make it',
  /** `details.userId`: no device of a member let this user in, or it is a direct conversation of two others. */
  stranger: 'The group contains a user whom no member has added',
  /** A Welcome or a GroupInfo is vouched for by somebody who is not a member, as far as this device knows. */
  unknown_signer: 'The device that vouches for this group does not belong to a member',
  /** A commit of this very device, whose pending state is gone: only an external join helps. */
  own_commit: 'This device has lost the state that its own commit leads to',
  /** This device was removed from the group. */
  removed: 'This device is no longer in the group',
  /** No key package of this device fits the welcome. */
  no_key_package: 'This welcome is for a key package that this device does not have',
  /** `details.devices`: how many it has with keys, none of which has a key package left. */
  no_device:
    'No device of this user can be added: there is none with keys yet, or their key packages are used up or expired and one of the devices has to come online',
  /** `details.aheadMs`: by how much. */
  clock_ahead:
    "By this device's date, which is far ahead of the server's, the key packages of this user have expired: set the date right",
  /** Someone else's commit was accepted first. */
  stale_commit: 'The group has moved on since this commit was made',
  /** Stored bytes do not decrypt: another key, or damage. */
  wrong_key: 'This cannot be decrypted with this key',
  /** `details.reason`: what does not fit. Somebody changed, swapped, cut off or replaced what the other device wrote. */
  bad_archive: 'This archive of the history is not what the other device wrote; details.reason says what is wrong',
  /** A typing error in a recovery key. */
  bad_recovery_key: 'This is not a recovery key',
  /** The other device's approval does not belong to this exchange. */
  approval_failed: 'The approval does not fit this device',
  /** Approve on a device that was approved earlier, or use the recovery key. */
  chain_too_long: 'The chain of approvals of this device is too long: it cannot approve another device',
} as const

export type E2eeErrorCode = keyof typeof encryptionTitles
