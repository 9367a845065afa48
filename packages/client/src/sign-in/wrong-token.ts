import { BackscrollError } from '../errors/backscroll-error.ts'
import { claimsOf } from './token-source.ts'

interface Me {
  readonly userId: string
  readonly deviceId: string
}

/** The server's answers to a token of another user or device than the keys and proofs that come with it. */
const suspicious: ReadonlySet<string> = new Set(['bad_certificate', 'invalid_dpop_proof'])

/**
 * A refusal, or `wrong_token` where the refused token names another user or device. Tokens of other issuers may
 * name people in their own way, so an accepted token is never judged.
 */
export const blameToken = (me: Me, token: string, error: BackscrollError): BackscrollError => {
  const { sub, device } = claimsOf(token)
  if (!suspicious.has(error.code) || sub === undefined || device === undefined) return error
  if (sub === me.userId && device === me.deviceId) return error
  const message = `The token is for ${sub}/${device}, and this client is ${me.userId}/${me.deviceId}`
  return new BackscrollError('wrong_token', { message, cause: error })
}
