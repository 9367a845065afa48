import { ProtocolError } from '@backscroll/protocol/errors'
import { networkOf } from '../../identity/sender-address.ts'
import { createSharedCount, type Others } from './shared-count.ts'

export interface SocketCapsOptions {
  /** Open sockets of one user, and of one address. */
  readonly ofUser: number
  readonly ofAddress: number
  /** Where there are several processes. */
  readonly others?: Others | undefined
}

/** Open sockets, counted by user and by network. */
export interface SocketCaps {
  /** Throws `rate_limited` when there are as many as allowed. */
  check(userId: string, address: string): void
  /** Counts one for the address; answers a function that takes it back. The user is claimed, and not proved yet. */
  addAddress(address: string): () => void
  /** The same for the user alone. */
  checkUser(userId: string): void
  /** Counts one for the user, for whom only the user's device can have shown something. */
  addUser(userId: string): () => void
  close(): void
}

const tooMany = (): ProtocolError =>
  new ProtocolError('rate_limited', 'Too many sockets are open', { retryAfterMs: 10_000 })

export const createSocketCaps = ({ ofUser, ofAddress, others }: SocketCapsOptions): SocketCaps => {
  const users = createSharedCount({ name: 'sockets of user', cap: ofUser, others })
  const networks = createSharedCount({ name: 'sockets of address', cap: ofAddress, others })
  const checkUser = (userId: string): void => {
    if (users.has(userId) >= ofUser) throw tooMany()
  }
  return {
    check: (userId, address) => {
      checkUser(userId)
      if (networks.has(networkOf(address)) >= ofAddress) throw tooMany()
    },
    checkUser,
    addAddress: (address) => networks.add(networkOf(address)),
    addUser: (userId) => users.add(userId),
    close: () => {
      users.close()
      networks.close()
    },
  }
}
