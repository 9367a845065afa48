import { createHash } from 'node:crypto'
import { type ProofFault, proofLimits } from '@backscroll/protocol/device-proof'
import { ProtocolError } from '@backscroll/protocol/errors'
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { DeviceProofs, ShownRequest } from '../../../ports/identity/access.ts'
import type { IsOwnUrl } from './own-urls.ts'
import type { ProofNonces } from './proof-nonces.ts'
import type { SeenProofs } from './seen-proofs.ts'

export interface DeviceProofsDeps {
  readonly nonces: ProofNonces
  readonly seen: SeenProofs
  readonly isOwnUrl: IsOwnUrl
}

/** `Ed25519` is the newer name of the same (RFC 9864). */
const algorithms = ['EdDSA', 'Ed25519']
const type = 'dpop+jwt'

const header = z.object({
  typ: z.literal(type),
  alg: z.enum(algorithms),
  jwk: z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() }),
})

/** `iat` is the clock of a device and says nothing; it only has to be there, as standard clients send it. */
const claims = z.object({
  htm: z.string(),
  htu: z.string(),
  iat: z.number(),
  jti: z.string().min(8).max(128),
  ath: z.string().optional(),
  nonce: z.string().optional(),
})

type Claims = z.output<typeof claims>

const faulty = (reason: ProofFault): ProtocolError =>
  new ProtocolError('invalid_dpop_proof', undefined, { details: { reason } })

const headerOf = (proof: string) => {
  try {
    return header.safeParse(decodeProtectedHeader(proof)).data
  } catch {
    return undefined
  }
}

const hash = (token: string): string => createHash('sha256').update(token).digest('base64url')

/**
 * Checks DPoP proofs (RFC 9449), each against the key that the server knows for the device: the key that a proof
 * brings along is not believed.
 */
export const createDeviceProofs = ({ nonces, seen, isOwnUrl }: DeviceProofsDeps): DeviceProofs => {
  const keys = new LRUCache<string, ReturnType<typeof importJWK>>({ max: 20_000 })
  const keyOf = (x: string) => {
    const known = keys.get(x)
    if (known !== undefined) return known
    const importing = importJWK({ kty: 'OKP', crv: 'Ed25519', x }, 'EdDSA')
    keys.set(x, importing)
    return importing
  }

  /** The content of the proof, once it is known to be by this key. */
  const signed = async (proof: string | undefined, key: string): Promise<Claims> => {
    if (proof === undefined) throw faulty('missing')
    const head = proof.length > proofLimits.characters ? undefined : headerOf(proof)
    if (head === undefined) throw faulty('malformed')
    const x = Buffer.from(key, 'base64').toString('base64url')
    if (head.jwk.x !== x) throw faulty('key')
    const { payload } = await jwtVerify(proof, await keyOf(x), { algorithms, typ: type }).catch(() => {
      throw faulty('signature')
    })
    const said = claims.safeParse(payload).data
    if (said === undefined) throw faulty('malformed')
    return said
  }

  const mustBeFor = ({ htm, htu, ath }: Claims, { method, path }: ShownRequest, token: string | undefined): void => {
    if (htm !== method) throw faulty('method')
    if (!isOwnUrl(htu, path)) throw faulty('url')
    if (token !== undefined && ath !== hash(token)) throw faulty('token')
  }

  return {
    nonce: nonces.current,
    request: async (shown, key, token) => {
      const said = await signed(shown.proof, key)
      mustBeFor(said, shown, token)
      if (said.nonce === undefined || !nonces.isGood(said.nonce)) throw new ProtocolError('use_dpop_nonce')
      if (!seen.take(key, said.jti)) throw faulty('replayed')
    },
    connection: async (shown, key, token, challenge) => {
      const said = await signed(shown.proof, key)
      mustBeFor(said, shown, token)
      if (said.nonce !== challenge) throw faulty('challenge')
    },
  }
}
