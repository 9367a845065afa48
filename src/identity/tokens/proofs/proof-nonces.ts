import { createHmac, timingSafeEqual } from 'node:crypto'

export interface ProofNonces {
  /** What a proof made now should say. */
  current(): string
  isGood(nonce: string): boolean
}

const stepMs = 30_000
/** How long a nonce is valid, in milliseconds: a proof can be used that long, and is remembered that long. */
export const nonceLifetimeMs = 300_000

const pattern = /^([0-9a-z]{1,10})\.[A-Za-z0-9_-]{22}$/

/**
 * The server's time, signed with a secret that all processes of a cluster share: what one of them issued, another
 * believes. So a device's clock does not count, and no proof can be made in advance.
 */
export const createProofNonces = (secret: string, now: () => number): ProofNonces => {
  const key = createHmac('sha256', secret).update('proof nonces').digest()
  const stepNow = () => Math.floor(now() / stepMs)
  const nonceOf = (step: number): string => {
    const time = step.toString(36)
    return `${time}.${createHmac('sha256', key).update(time).digest('base64url').slice(0, 22)}`
  }
  let newest = { step: -1, nonce: '' }
  return {
    current: () => {
      const step = stepNow()
      if (newest.step !== step) newest = { step, nonce: nonceOf(step) }
      return newest.nonce
    },
    isGood: (nonce) => {
      const step = Number.parseInt(pattern.exec(nonce)?.[1] ?? '', 36)
      const age = stepNow() - step
      // The clocks of two processes may differ by a little.
      if (!(age >= -1 && age < nonceLifetimeMs / stepMs)) return false
      return timingSafeEqual(Buffer.from(nonceOf(step)), Buffer.from(nonce))
    },
  }
}
