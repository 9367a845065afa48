import { proofHeader, proofNonceHeader } from '@backscroll/protocol/device-proof'
import { ProtocolError } from '@backscroll/protocol/errors'
import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { OAuthDeps } from '../oauth-deps.ts'
import type { DeviceBinding } from './device-binding.ts'

/** The account and grant that a code or token belongs to, according to its record. */
export interface ShownGrant {
  readonly accountId?: string | undefined
  readonly grantId?: string | undefined
}

export interface DeviceSender {
  /**
   * Rejects, in OAuth's words, when it belongs to a registered device and the request does not come from that
   * device. Otherwise it may be used.
   */
  check(shown: ShownGrant): Promise<void>
}

const inItsWords = (error: unknown): unknown => {
  if (!(error instanceof ProtocolError)) return error
  if (error.code === 'use_dpop_nonce') return new errors.UseDpopNonce(error.message)
  return new errors.InvalidDpopProof(`${error.message}: ${error.details?.reason}`)
}

/** Pages of other origins can read our own header only where it is named. */
const tellNonce = (ctx: KoaContextWithOIDC, nonce: string): void => {
  ctx.set(proofNonceHeader, nonce)
  if (ctx.response.get('access-control-allow-origin') !== '')
    ctx.append('access-control-expose-headers', proofNonceHeader)
}

/**
 * A code or a refresh token of a device with a registered key is useful to that device alone: the token endpoint
 * requires its proof before anything is used up. So a stolen one is worthless, and no tokens are issued that name
 * another user's device.
 */
export const createDeviceSender = (
  { accounts, proofs }: Pick<OAuthDeps, 'accounts' | 'proofs'>,
  binding: DeviceBinding,
): DeviceSender => {
  const checked = new WeakSet<object>()

  const keyOf = async ({ accountId = '', grantId = '' }: ShownGrant): Promise<string | undefined> => {
    const grant = await binding.of(grantId)
    return grant && (await accounts.standing(accountId))?.deviceKeys.get(grant.device)
  }

  return {
    check: async (shown) => {
      const { ctx } = Provider
      if (ctx === undefined || ctx.oidc.route !== 'token' || checked.has(ctx)) return
      const key = await keyOf(shown)
      if (key === undefined) return
      const proof = ctx.get(proofHeader)
      try {
        await proofs.request({ method: 'POST', path: '/oauth/token', proof: proof === '' ? undefined : proof }, key)
        checked.add(ctx)
      } catch (error) {
        tellNonce(ctx, proofs.nonce())
        throw inItsWords(error)
      }
    },
  }
}
