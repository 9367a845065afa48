import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto'

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const sha256 = (bytes: string | Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

/** As much of CBOR (RFC 8949) as an attestation object and a COSE key need. */
const head = (major: number, value: number): Buffer => {
  if (value < 24) return Buffer.of((major << 5) | value)
  return value < 256 ? Buffer.of((major << 5) | 24, value) : Buffer.of((major << 5) | 25, value >> 8, value & 255)
}
type Cbor = number | string | Uint8Array | ReadonlyMap<number | string, Cbor>
const cbor = (value: Cbor): Buffer => {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, one]) => [cbor(key), cbor(one)])])
}

const flags = { present: 1, verified: 4, attested: 64 } as const

export interface AuthenticatorOptions {
  readonly origin: string
  /** Does the person show a finger or a PIN? */
  readonly verifies?: boolean
  /** Some authenticators count their signatures, others say 0 for ever. */
  readonly counts?: boolean
}

interface Options {
  readonly challenge: string
  readonly rpId?: string
  readonly rp?: { readonly id?: string }
  readonly user?: { readonly id: string }
}

/** A software authenticator: ES256, no attestation, one discoverable credential. What a browser does between it and a page is done here, too. */
export const createAuthenticator = ({ origin, verifies = true, counts = true }: AuthenticatorOptions) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const credentialId = randomBytes(32)
  let counter = 0
  let userHandle: string | undefined

  const coseKey = (): Buffer => {
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
    const [left, right] = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]
    return cbor(
      new Map<number, Cbor>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, left],
        [-3, right],
      ]),
    )
  }

  const clientData = (type: string, challenge: string): Buffer =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))

  const authenticatorData = (rpId: string, attested: Buffer): Buffer => {
    if (counts) counter += 1
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    const shown = flags.present | (verifies ? flags.verified : 0) | (attested.length > 0 ? flags.attested : 0)
    return Buffer.concat([sha256(rpId), Buffer.of(shown), count, attested])
  }

  return {
    id: base64url(credentialId),
    /** What `navigator.credentials.create` answers. */
    create: ({ challenge, rp, user }: Options) => {
      userHandle = user?.id
      const length = Buffer.of(0, credentialId.length)
      const attested = Buffer.concat([Buffer.alloc(16), length, credentialId, coseKey()])
      const authData = authenticatorData(rp?.id ?? '', attested)
      const attestation = new Map<string, Cbor>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authData],
      ])
      return {
        id: base64url(credentialId),
        rawId: base64url(credentialId),
        type: 'public-key' as const,
        response: {
          clientDataJSON: base64url(clientData('webauthn.create', challenge)),
          attestationObject: base64url(cbor(attestation)),
          transports: ['internal'] as const,
        },
      }
    },
    /** What `navigator.credentials.get` answers. `changes`: what an attacker does to it. */
    get: ({ challenge, rpId }: Options, changes: { readonly userHandle?: string; readonly counter?: number } = {}) => {
      if (changes.counter !== undefined) counter = changes.counter - 1
      const client = clientData('webauthn.get', challenge)
      const data = authenticatorData(rpId ?? '', Buffer.alloc(0))
      const signature = createSign('sha256')
        .update(Buffer.concat([data, sha256(client)]))
        .sign(privateKey)
      const response = {
        clientDataJSON: base64url(client),
        authenticatorData: base64url(data),
        signature: base64url(signature),
        userHandle: changes.userHandle ?? userHandle,
      }
      return { id: base64url(credentialId), rawId: base64url(credentialId), type: 'public-key' as const, response }
    },
  }
}
