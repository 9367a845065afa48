import { ProtocolError } from '@backscroll/protocol/errors'
import { hash, verify } from '@node-rs/argon2'
import { networkOf, type Sender } from '../../sender-address.ts'
import { createFairTurns, type Source } from './fair-semaphore.ts'

/** Argon2id with 19 MiB, two passes, one lane: OWASP's minimum. Argon2id is the library's default algorithm. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** How many hashes run at a time, so that they take 76 MiB at most. */
const atATime = 4
const waitingOfOne = 4
const waiting = 64

export interface Passwords {
  /** Rejects with `rate_limited` when too many wait: for this sender, or for all. */
  hash(password: string, sender: Sender): Promise<string>
  /** Without a hash it takes as long, and answers false. */
  matches(password: string, passwordHash: string | null | undefined, sender: Sender): Promise<boolean>
}

/** The same text typed on another keyboard is the same password. */
const normalised = (password: string): string => password.normalize('NFC')

const sourceOf = ({ address, known }: Sender): Source =>
  known === undefined ? { name: networkOf(address), known: false } : { name: `known ${known}`, known: true }

export const createPasswords = (): Passwords => {
  const refusal = () => new ProtocolError('rate_limited', undefined, { retryAfterMs: 1000 })
  const inTurn = createFairTurns({ atATime, waitingOfOne, waiting, refusal })
  /** The hash of a password that nobody has: unknown users are compared with it. */
  let nobodys: Promise<string> | undefined
  return {
    hash: (password, sender) => inTurn(sourceOf(sender), () => hash(normalised(password), cost)),
    matches: async (password, passwordHash, sender) => {
      nobodys ??= hash(crypto.randomUUID(), cost)
      const compared = passwordHash ?? (await nobodys)
      const matches = await inTurn(sourceOf(sender), () => verify(compared, normalised(password)))
      return matches && typeof passwordHash === 'string'
    },
  }
}
