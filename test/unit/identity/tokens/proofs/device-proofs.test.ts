import fc from 'fast-check'
import { generateKeyPair, SignJWT } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { createDeviceProofs } from '../../../../../src/identity/tokens/proofs/device-proofs.ts'
import { createIsOwnUrl } from '../../../../../src/identity/tokens/proofs/own-urls.ts'
import { createProofNonces, nonceLifetimeMs } from '../../../../../src/identity/tokens/proofs/proof-nonces.ts'
import { createSeenProofs } from '../../../../../src/identity/tokens/proofs/seen-proofs.ts'
import { createTestDevice } from '../../../../support/accounts/device-keys.ts'
import { jwkOf, signProof } from '../../../../support/accounts/device-proof.ts'

const device = createTestDevice('alice', 'phone')
const other = createTestDevice('alice', 'laptop')
const key = device.registration.signatureKey
const token = 'a.b.c'
const url = 'https://chat.example/base/inbox'
const method = 'GET'
const path = '/inbox?limit=3'

let now = 1_800_000_000_000
const processOf = (secret = 'shared', publicUrl: string | undefined = 'https://chat.example/base') =>
  createDeviceProofs({
    nonces: createProofNonces(secret, () => now),
    seen: createSeenProofs(() => now),
    isOwnUrl: createIsOwnUrl(publicUrl),
  })
let proofs = processOf()
beforeEach(() => {
  proofs = processOf()
})

const honest = () => ({ method, url, token, nonce: proofs.nonce() })
const outcomeOf = async (proof: string | undefined, shown: { method?: string; path?: string } = {}) => {
  try {
    await proofs.request({ method, path, proof, ...shown }, key, token)
    return 'taken'
  } catch (error) {
    const { code, details } = error as { code: string; details?: { reason?: string } }
    return details?.reason ?? code
  }
}

describe('a proof of a request', () => {
  it('is taken from the device whose key is registered, whatever its clock says', async () => {
    expect(await outcomeOf(await signProof(device, honest()))).toBe('taken')
    expect(await outcomeOf(await signProof(device, honest(), { claims: { iat: 4e9 } }))).toBe('taken')
    expect(await outcomeOf(await signProof(device, honest(), { header: { alg: 'Ed25519' } }))).toBe('taken')
  })

  it('is refused once it was used', async () => {
    const proof = await signProof(device, honest())
    expect([await outcomeOf(proof), await outcomeOf(proof)]).toEqual(['taken', 'replayed'])
  })

  it('is refused from another device, also under the right name', async () => {
    const [mine, theirs] = [device.keys.privateKey, other.keys.privateKey]
    expect(await outcomeOf(await signProof(other, honest()))).toBe('key')
    expect(await outcomeOf(await signProof(device, honest(), { key: theirs }))).toBe('signature')
    expect(await outcomeOf(await signProof(other, honest(), { key: mine }))).toBe('key')
  })

  it('is refused for another method, URL, token, and without any', async () => {
    const about = honest()
    expect(await outcomeOf(undefined)).toBe('missing')
    expect(await outcomeOf(await signProof(device, { ...about, method: 'PUT' }))).toBe('method')
    for (const wrong of [
      'https://chat.example/base/me/recovery',
      'https://evil.example/base/inbox',
      'http://chat.example/base/inbox',
      'https://chat.example:444/base/inbox',
      'https://chat.example/inbox',
      'https://chat.example@evil.example/base/inbox',
      'inbox',
      '',
    ])
      expect(await outcomeOf(await signProof(device, { ...about, url: wrong })), wrong).toBe('url')
    expect(await outcomeOf(await signProof(device, { ...about, token: 'another' }))).toBe('token')
    expect(await outcomeOf(await signProof(device, { ...about }, { claims: { ath: undefined } }))).toBe('token')
  })

  it('needs a nonce of this installation that is not old', async () => {
    const about = honest()
    expect(await outcomeOf(await signProof(device, { ...about, nonce: undefined }))).toBe('use_dpop_nonce')
    expect(await outcomeOf(await signProof(device, { ...about, nonce: processOf('other').nonce() }))).toBe(
      'use_dpop_nonce',
    )
    const [time, mac] = about.nonce.split('.')
    const later = (Number.parseInt(time ?? '', 36) + 1).toString(36)
    for (const forged of [`${later}.${mac}`, `${time}.`, `.${mac}`, 'zzzzzzzzzz.aaaaaaaaaaaaaaaaaaaaaa', '', 'x'])
      expect(await outcomeOf(await signProof(device, { ...about, nonce: forged })), forged).toBe('use_dpop_nonce')
    const proof = await signProof(device, about)
    now += nonceLifetimeMs
    expect(await outcomeOf(proof)).toBe('use_dpop_nonce')
  })

  it('of a nonce that another process of the cluster told is taken', async () => {
    const nonce = processOf().nonce()
    expect(await outcomeOf(await signProof(device, { ...honest(), nonce }))).toBe('taken')
  })

  it('says its algorithm and key in no other way than a device does', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const said = { htm: method, htu: url, jti: 'a-proof-of-mine', iat: 1, nonce: proofs.nonce() }
    const es256 = new SignJWT(said).setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: jwkOf(device) })
    const hs256 = new SignJWT(said).setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt', jwk: jwkOf(device) })
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const forms = [
      await es256.sign(privateKey),
      await hs256.sign(device.keys.publicKey),
      `${part({ alg: 'none', typ: 'dpop+jwt', jwk: jwkOf(device) })}.${part(said)}.`,
      await signProof(device, honest(), { header: { typ: 'JWT' } }),
      await signProof(device, honest(), { header: { jwk: undefined, kid: 'phone' } }),
      await signProof(device, honest(), { header: { jwk: { ...jwkOf(device), d: 'AAAA' } } }),
      await signProof(device, honest(), { claims: { jti: undefined } }),
      await signProof(device, honest(), { claims: { jti: 'x'.repeat(129) } }),
      await signProof(device, honest(), { claims: { more: 'x'.repeat(3000) } }),
      token,
      '',
    ]
    for (const form of forms) expect(await outcomeOf(form), form.slice(0, 80)).toBe('malformed')
  })

  it('whatever text comes is refused as one of the list', async () => {
    const good = await signProof(device, honest())
    const odd = fc.oneof(
      fc.string({ maxLength: 3000, unit: 'binary' }),
      fc.array(fc.base64String(), { maxLength: 4 }).map((parts) => parts.join('.')),
      fc
        .tuple(fc.nat(good.length - 8), fc.base64String({ minLength: 4, maxLength: 4 }))
        .map(([at, text]) => `${good.slice(0, at)}${text}${good.slice(at + text.length)}`),
      fc.nat(good.length - 1).map((end) => good.slice(0, end)),
    )
    await fc.assert(
      fc.asyncProperty(odd, async (text) => {
        fc.pre(text !== good)
        expect(['malformed', 'signature', 'key']).toContain(await outcomeOf(text))
      }),
      { numRuns: Number(process.env.BACKSCROLL_FUZZ_RUNS ?? 400) },
    )
    expect(await outcomeOf(good)).toBe('taken')
  })
})

describe('a proof of a connection', () => {
  it('answers the challenge of that connection and no other', async () => {
    const socket = { method: 'GET', path: '/ws' }
    const about = { method: 'GET', url: 'https://chat.example/base/ws', token }
    const answer = await signProof(device, { ...about, nonce: 'challenge-1' })
    await proofs.connection({ ...socket, proof: answer }, key, token, 'challenge-1')
    await expect(proofs.connection({ ...socket, proof: answer }, key, token, 'challenge-2')).rejects.toMatchObject({
      details: { reason: 'challenge' },
    })
    const rest = await signProof(device, { ...about, nonce: proofs.nonce() })
    await expect(proofs.connection({ ...socket, proof: rest }, key, token, 'challenge-1')).rejects.toMatchObject({
      code: 'invalid_dpop_proof',
    })
  })
})

describe('proofs that were seen', () => {
  it('are remembered for as long as they are good, and no more than fit', () => {
    const seen = createSeenProofs(() => now, 3)
    expect([seen.take('key', 'one'), seen.take('other', 'one'), seen.take('key', 'one')]).toEqual([true, true, false])
    now += nonceLifetimeMs - 1
    expect(seen.take('key', 'one')).toBe(false)
    for (let index = 0; index < 10; index += 1) seen.take('key', `more-${index}`)
    expect(seen.take('key', 'more-9')).toBe(false)
    expect(seen.take('key', 'one')).toBe(true)
  })
})

describe('the URL of a server without a public one', () => {
  it('is at this machine, at any port, and nowhere else', () => {
    const isOwn = createIsOwnUrl(undefined)
    for (const good of ['http://127.0.0.1:8080/inbox', 'http://localhost/inbox', 'http://[::1]:1/inbox?x=1'])
      expect(isOwn(good, '/inbox'), good).toBe(true)
    for (const bad of [
      'http://chat.example/inbox',
      'http://127.0.0.1/me',
      'http://127.0.0.1.evil.example/inbox',
      '/inbox',
    ])
      expect(isOwn(bad, '/inbox'), bad).toBe(false)
    expect(isOwn('http://localhost/inbox', 'http://evil.example/inbox')).toBe(false)
  })
})
