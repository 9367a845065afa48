import type { IdentityStatement, Revocation } from '@backscroll/protocol/identity-statements'
import type { Bucket } from '../../../ports/rate-limits.ts'
import { badStatement } from './statement-check.ts'

const dayMs = 86_400_000

/**
 * How many statements devices may sign under one identity key: each device, and all together. A succession resets
 * the count.
 */
const mostRevocations = { ofDevice: 16, ofDevices: 256 }
/** They are kept for ever, and come with every claim. */
const mostSuccessions = 32

const perDay = (key: string, count: number): Bucket => ({ key, burst: count, everyMs: dayMs / count })

/** Few enough to be noticed, and enough for a bad day. */
export const renewalLimit = (userId: string): Bucket => perDay(`identity renewal ${userId}`, 5)

/** Once a day is more than anybody needs. */
export const beginAnewLimit = (userId: string): Bucket => ({ key: `begin anew ${userId}`, burst: 3, everyMs: dayMs })

/**
 * New devices, and the statements that it takes to get rid of them. Those that the identity key has certified count
 * separately: a stolen device that vouches for one after another does not keep out the holder of the recovery key.
 */
export const newDeviceLimit = (userId: string, by: 'device' | 'identity_key', maxDevices: number): Bucket =>
  perDay(`new device by ${by} ${userId}`, Math.max(20, 2 * maxDevices))

/**
 * A stolen device cannot use up what the others may state, and nothing keeps the identity key from speaking. Throws
 * `bad_statement`.
 */
export const requireRoomFor = ({ by }: Revocation, statements: readonly IdentityStatement[]): void => {
  if (by === null) return
  const signers = statements.flatMap((one) => (one.type === 'revocation' && one.by !== null ? [one.by.deviceId] : []))
  const own = signers.filter((deviceId) => deviceId === by.deviceId)
  if (own.length >= mostRevocations.ofDevice) throw badStatement('too many by this device')
  if (signers.length >= mostRevocations.ofDevices) throw badStatement('too many: renew the identity key')
}

/** Answers how many there are. Throws `bad_statement`. */
export const requireRoomForSuccession = (statements: readonly IdentityStatement[]): number => {
  const { length } = statements.filter(({ type }) => type === 'succession')
  if (length >= mostSuccessions) throw badStatement('too many: begin anew')
  return length
}
