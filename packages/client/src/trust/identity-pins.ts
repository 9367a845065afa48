import type { DeviceCredential } from '@backscroll/protocol/device-credential'
import type { IdentityStatement } from '@backscroll/protocol/identity-statements'

/** `signatureKey`: base64. */
export interface DeviceKey {
  readonly deviceId: string
  readonly signatureKey: string
}

/** What this device knows about a user's identity. A value: store it as JSON. */
export interface Pin {
  /**
   * Base64. The first key that was seen, or the one that a person accepted since, or the one that an unverified
   * key handed over to.
   */
  readonly identityKey: string
  /** A person has compared safety numbers for this key. */
  readonly verified: boolean
  /** The user's devices that were seen so far. */
  readonly devices: readonly string[]
  /**
   * The keys that they were first seen with: a device id never gets another one. Devices that an earlier version
   * saw are added when they are seen again.
   */
  readonly keys?: readonly DeviceKey[]
  /** Another key that was offered since and is not trusted. */
  readonly offered?: string
  /** Keys that a person has declined: refused, and not offered again. */
  readonly declined?: readonly string[]
  /**
   * Keys that were trusted before a person accepted another one: the devices that they certified must leave every
   * group.
   */
  readonly left?: readonly string[]
  /**
   * Statements in the name of the pinned key, of its predecessors, and of keys that it has handed over to. Their
   * signatures are valid.
   */
  readonly statements?: readonly IdentityStatement[]
  /** Only statements are known so far: the first key that is seen is pinned. Never stored. */
  readonly unmet?: true
}

export type Pins = ReadonlyMap<string, Pin>

/** The part of a device that is pinned. */
export type SeenDevice = Pick<DeviceCredential, 'userId' | 'identityKey'> & DeviceKey

/** A second certified key for a device means a thief with a stolen key and the help of a lying server. */
export const isOtherKey = ({ keys = [] }: Pick<Pin, 'keys'>, { deviceId, signatureKey }: DeviceKey): boolean =>
  keys.some((known) => known.deviceId === deviceId && known.signatureKey !== signatureKey)

export const withPin = (pins: Pins, userId: string, pin: Pin): Pins => new Map(pins).set(userId, pin)
