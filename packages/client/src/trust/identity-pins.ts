import type { DeviceCredential } from '@backscroll/protocol/device-credential'
import type { IdentityStatement } from '@backscroll/protocol/identity-statements'

/** `signatureKey`: base64. */
export interface DeviceKey {
  readonly deviceId: string
  readonly signatureKey: string
}

/** What this device knows about a user's identity. A value: store it as JSON. */
export interface Pin {
  /** Base64. The first one seen, or the one that a person accepted since, or one that an unverified one has handed over to. */
  readonly identityKey: string
  /** A person has compared safety numbers for this key. */
  readonly verified: boolean
  /** The user's devices that were seen so far. */
  readonly devices: readonly string[]
  /**
   * The keys that they were seen with first: a device id never gets another one. Those that an earlier version saw are
   * added when they are seen again.
   */
  readonly keys?: readonly DeviceKey[]
  /** Another key that was offered since and is not trusted. */
  readonly offered?: string
  /** Keys that a person has declined: refused, and not offered again. */
  readonly declined?: readonly string[]
  /** Keys that were trusted before a person accepted another one: what they certified has to leave every group. */
  readonly left?: readonly string[]
  /**
   * What was said in the name of the pinned key, of its predecessors, and of keys that it has handed over to. Their
   * signatures are good.
   */
  readonly statements?: readonly IdentityStatement[]
  /** Only statements were heard so far: the first key that is seen is pinned. Never stored. */
  readonly unmet?: true
}

export type Pins = ReadonlyMap<string, Pin>

/** What of a device is pinned. */
export type SeenDevice = Pick<DeviceCredential, 'userId' | 'identityKey'> & DeviceKey

/** Nobody certifies a second key for a device: who holds a stolen one can, with the help of a server that lies. */
export const isOtherKey = ({ keys = [] }: Pick<Pin, 'keys'>, { deviceId, signatureKey }: DeviceKey): boolean =>
  keys.some((known) => known.deviceId === deviceId && known.signatureKey !== signatureKey)

export const withPin = (pins: Pins, userId: string, pin: Pin): Pins => new Map(pins).set(userId, pin)
