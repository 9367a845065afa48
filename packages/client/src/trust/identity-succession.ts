import type { IdentityStatement, Succession } from '@backscroll/protocol/identity-statements'
import type { Pin, Pins } from './identity-pins.ts'

const successorOf = (key: string, statements: readonly IdentityStatement[] = []): Succession | undefined =>
  statements.find((one): one is Succession => one.type === 'succession' && one.identityKey === key)

/** How the pinned key has handed over, step by step. */
export const heirsOf = ({
  identityKey,
  statements = [],
}: Pick<Pin, 'identityKey' | 'statements'>): readonly Succession[] => {
  const seen = new Set([identityKey])
  const path: Succession[] = []
  for (let next = successorOf(identityKey, statements); next !== undefined; ) {
    if (seen.has(next.successor)) break
    path.push(next)
    seen.add(next.successor)
    next = successorOf(next.successor, statements)
  }
  return path
}

/** The key that the pinned one has handed over to, in however many steps; itself if it did not. */
export const heirOf = (pin: Pick<Pin, 'identityKey' | 'statements'>): string =>
  heirsOf(pin).at(-1)?.successor ?? pin.identityKey

/** The pinned key, or the one that it has handed over to, comes after this one. */
export const isPredecessor = (pin: Pin, key: string): boolean =>
  heirOf({ ...pin, identityKey: key }) === heirOf(pin) && key !== pin.identityKey && key !== heirOf(pin)

/**
 * A verified key has handed over to another one, which nobody has accepted yet: its messages are read, and nothing
 * is sent to it.
 */
export const isUnaccepted = (pins: Pins, userId: string): boolean => {
  const pin = pins.get(userId)
  return pin !== undefined && !pin.unmet && heirOf(pin) !== pin.identityKey
}
