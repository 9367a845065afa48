import { createHash, type KeyObject, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { DeviceProver } from '../../../packages/client/src/sign-in/device-prover.ts'
import type { TestDevice } from './device-keys.ts'

export interface ProofParts {
  readonly method: string
  readonly url: string
  readonly token?: string
  readonly nonce?: string | undefined
}

export const jwkOf = ({ keys }: Pick<TestDevice, 'keys'>) => ({
  kty: 'OKP',
  crv: 'Ed25519',
  x: keys.publicKey.toString('base64url'),
})

const ath = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** A DPoP proof by any key, with any header: `header` and `claims` replace what an honest device says. */
export const signProof = (
  device: Pick<TestDevice, 'keys'>,
  { method, url, token, nonce }: ProofParts,
  changes: { readonly header?: object; readonly claims?: object; readonly key?: KeyObject } = {},
): Promise<string> =>
  new SignJWT({
    ...{ htm: method, htu: url, jti: randomUUID(), iat: 1 },
    ...(token !== undefined && { ath: ath(token) }),
    ...(nonce !== undefined && { nonce }),
    ...changes.claims,
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'dpop+jwt', jwk: jwkOf(device), ...changes.header })
    .sign(changes.key ?? device.keys.privateKey)

export interface Told {
  readonly nonce: string | undefined
  readonly code: string | undefined
}

/** An SDK client's prover, or the keys of a device of a test. */
export type Signing = DeviceProver | Pick<TestDevice, 'keys'>

const proverOf = (by: Signing): DeviceProver => ('prove' in by ? by : { prove: (subject) => signProof(by, subject) })

/** What a device without the SDK does: signs each request, with the nonce that the server told last. Without a key it sends no proof. */
export const createSigner = (by: Signing | undefined) => {
  let nonce: string | undefined
  const headers = async (about: Omit<ProofParts, 'nonce'>): Promise<Record<string, string>> =>
    by === undefined ? {} : { dpop: await proverOf(by).prove({ ...about, nonce }) }
  return {
    /** Asks once more where the nonce was too old. */
    signed: async <Answer extends Told>(
      about: Omit<ProofParts, 'nonce'>,
      ask: (headers: Record<string, string>) => Promise<Answer>,
    ): Promise<Answer> => {
      const first = await ask(await headers(about))
      nonce = first.nonce ?? nonce
      if (first.code !== 'use_dpop_nonce') return first
      return ask(await headers(about))
    },
  }
}
