import { type BackscrollError, blamesToken } from '../errors/backscroll-error.ts'
import { backoffMs } from '../time/backoff.ts'
import { type Chain, gapAt, postponed } from './outbox-chain.ts'

/** About the connection or the token, not about the command: it is sent again over the next connection. */
const circumstances: ReadonlySet<string> = new Set(['not_connected', 'already_connected', 'stopped'])

const isTemporary = (error: BackscrollError): boolean =>
  error.temporary || blamesToken(error) || circumstances.has(error.code)

/** Refused before anybody looked at the command: because of its sender. */
const access: ReadonlySet<string> = new Set([
  'revoked',
  'signed_out',
  'account_deactivated',
  'account_erased',
  'unknown_device',
])

/**
 * The server has looked at the command and did not accept it, now or before: an accepted one is answered as it was
 * the first time, whatever else is wrong by now.
 */
export const isJudgement = (error: BackscrollError): boolean => !isTemporary(error) && !access.has(error.code)

const later = (chain: Chain, clientSeq: number, error: BackscrollError, now: number, random: number): Chain => {
  // A lost connection says nothing about the server: the next connection decides when to go on.
  if (error.code === 'disconnected') return { ...postponed(chain, clientSeq, now), failures: chain.failures }
  return postponed(chain, clientSeq, now + backoffMs(chain.failures, random, error.retryAfterMs))
}

/** The chain after a refusal that is not final; undefined when it is. */
export const afterRefusal = (
  chain: Chain,
  clientSeq: number,
  error: BackscrollError,
  now: number,
  random: number,
): Chain | undefined => {
  if (error.code === 'client_seq_gap') {
    const last = Number(error.details?.last ?? chain.lastAccepted)
    return gapAt(chain, clientSeq, last) ?? later(chain, clientSeq, error, now, random)
  }
  return isTemporary(error) ? later(chain, clientSeq, error, now, random) : undefined
}
