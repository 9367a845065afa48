import { hash, verify } from '@node-rs/argon2'
import { ProtocolError } from '../protocol/errors.ts'

/** Argon2id with 19 MiB, two passes, one lane: what OWASP recommends as the least. The library's default algorithm is Argon2id. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Hashes at a time, so that they take 76 MiB at most, and how many may wait for their turn. */
const atATime = 4
const mostWaiting = 64

export interface Passwords {
  /** Rejects with `rate_limited` when too many wait. */
  hash(password: string): Promise<string>
  /** Without a hash it takes as long, and answers false. */
  matches(password: string, passwordHash: string | null | undefined): Promise<boolean>
}

/** The same text typed on another keyboard is the same password. */
const normalised = (password: string): string => password.normalize('NFC')

const createTurns = () => {
  let running = 0
  const waiting: (() => void)[] = []
  const turn = async (): Promise<void> => {
    if (running < atATime) {
      running += 1
      return
    }
    if (waiting.length >= mostWaiting) throw new ProtocolError('rate_limited', undefined, { retryAfterMs: 1000 })
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const end = (): void => {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    await turn()
    try {
      return await work()
    } finally {
      end()
    }
  }
}

export const createPasswords = (): Passwords => {
  const inTurn = createTurns()
  /** Of a password that nobody has: what an unknown user is compared with. */
  let nobodys: Promise<string> | undefined
  return {
    hash: (password) => inTurn(() => hash(normalised(password), cost)),
    matches: async (password, passwordHash) => {
      nobodys ??= hash(crypto.randomUUID(), cost)
      const compared = passwordHash ?? (await nobodys)
      const matches = await inTurn(() => verify(compared, normalised(password)))
      return matches && typeof passwordHash === 'string'
    },
  }
}
