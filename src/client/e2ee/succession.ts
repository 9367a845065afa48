import type { IdentityStatement, Succession } from '../../protocol/identity-statements.ts'
import type { Pin, Pins } from './pins.ts'

const successorOf = (key: string, statements: readonly IdentityStatement[] = []): Succession | undefined =>
  statements.find((one): one is Succession => one.type === 'succession' && one.identityKey === key)

/** Where the pinned key has handed over to, in however many steps; itself if it did not. */
export const heirOf = ({ identityKey, statements = [] }: Pin): string => {
  const seen = new Set([identityKey])
  let key = identityKey
  for (let next = successorOf(key, statements); next !== undefined; next = successorOf(key, statements)) {
    if (seen.has(next.successor)) return key
    key = next.successor
    seen.add(key)
  }
  return key
}

/** The pinned key, or the one that it has handed over to, follows this one. */
export const isPredecessor = (pin: Pin, key: string): boolean =>
  heirOf({ ...pin, identityKey: key }) === heirOf(pin) && key !== pin.identityKey && key !== heirOf(pin)

/** A verified key has handed over to another one, which nobody has accepted yet: what it says is read, and nothing is sent to it. */
export const isUnaccepted = (pins: Pins, userId: string): boolean => {
  const pin = pins.get(userId)
  return pin !== undefined && !pin.unmet && heirOf(pin) !== pin.identityKey
}
