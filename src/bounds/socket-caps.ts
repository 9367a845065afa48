import { isIPv6 } from 'node:net'
import { ProtocolError } from '../protocol/errors.ts'

export interface SocketCapsOptions {
  /** Open sockets of one user, and of one address. */
  readonly ofUser: number
  readonly ofAddress: number
}

/** Open sockets, counted by whose they are and where they come from. */
export interface SocketCaps {
  /** Throws `rate_limited` when there are as many as there may be. */
  check(userId: string, address: string): void
  /** Counts one of the address; answers how to take it back. Whose it is is claimed, and not shown yet. */
  addAddress(address: string): () => void
  /** The same for the user alone. */
  checkUser(userId: string): void
  /** Counts one of the user, for whom something was shown that only the user's device has. */
  addUser(userId: string): () => void
}

/** The network that one customer has: of IPv6 the first half of the address, as it is written, without the zone. */
export const networkOf = (address: string): string => {
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = (address.split('%', 1)[0] ?? '').toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  const last = tail === '' ? [] : tail.split(':')
  const missing = Array.from({ length: Math.max(0, 8 - groups.length - last.length) }, () => '0')
  if (last.at(-1)?.includes('.') === true) return last.at(-1) ?? address
  return [...groups, ...missing, ...last]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}

const count = (counts: Map<string, number>, key: string, change: number): void => {
  const left = (counts.get(key) ?? 0) + change
  if (left > 0) counts.set(key, left)
  else counts.delete(key)
}

/** Counts one; answers how to take it back. */
const hold = (counts: Map<string, number>, key: string): (() => void) => {
  count(counts, key, 1)
  return () => count(counts, key, -1)
}

const tooMany = (): ProtocolError =>
  new ProtocolError('rate_limited', 'Too many sockets are open', { retryAfterMs: 10_000 })

export const createSocketCaps = ({ ofUser, ofAddress }: SocketCapsOptions): SocketCaps => {
  const users = new Map<string, number>()
  const networks = new Map<string, number>()
  const checkUser = (userId: string): void => {
    if ((users.get(userId) ?? 0) >= ofUser) throw tooMany()
  }
  return {
    check: (userId, address) => {
      checkUser(userId)
      if ((networks.get(networkOf(address)) ?? 0) >= ofAddress) throw tooMany()
    },
    checkUser,
    addAddress: (address) => hold(networks, networkOf(address)),
    addUser: (userId) => hold(users, userId),
  }
}
