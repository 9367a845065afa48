import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalKeys } from '../../../../src/identity/tokens/keys/local-keys.ts'
import { createTokenVerifier } from '../../../../src/identity/tokens/token-verifier.ts'
import { issuersSchema, loadIssuers } from '../../../../src/identity/tokens/trusted-issuers.ts'

const iss = 'https://id.example/realms/acme'
const rsa = await generateKeyPair('RS256')
const ed = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
const keys = {
  keys: [
    { ...(await exportJWK(rsa.publicKey)), kid: 'rsa', alg: 'RS256', use: 'sig' },
    { ...(await exportJWK(ed.publicKey)), kid: 'ed', alg: 'EdDSA', use: 'sig' },
  ],
}

let server: Server
let jwksUrl: string
let own: Awaited<ReturnType<typeof createLocalKeys>>

beforeAll(async () => {
  server = createServer((_request, response) => void response.end(JSON.stringify(keys))).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
  own = await createLocalKeys(join(tmpdir(), `backscroll-issuers-${process.pid}`))
})
afterAll(() => server.close())

const verifierOf = (...issuers: object[]) =>
  createTokenVerifier({
    keys: { file: own.jwksFile },
    issuer: 'backscroll',
    audience: 'backscroll',
    clockToleranceSeconds: 0,
    external: issuersSchema.parse(issuers.map((issuer) => ({ issuer: iss, audience: 'chat', jwksUrl, ...issuer }))),
  })

const claims = (changes: Record<string, unknown> = {}): JWTPayload => {
  const now = Math.floor(Date.now() / 1000)
  return { iss, aud: 'chat', sub: 'u-1', iat: now, exp: now + 60, ...changes }
}
const sign = (changes: Record<string, unknown> = {}, header = { alg: 'RS256', kid: 'rsa' }) =>
  new SignJWT(claims(changes)).setProtectedHeader(header).sign(header.alg === 'RS256' ? rsa.privateKey : ed.privateKey)

const refused = { code: 'unauthenticated' }

describe('a token of a trusted issuer', () => {
  test('is believed, signed with RS256; the request says the device', async () => {
    const access = await verifierOf({}).verify(await sign(), 'phone')
    expect(access).toMatchObject({ userId: 'u-1', deviceId: 'phone', roles: ['user'] })
  })

  test('without a device anywhere is not', async () => {
    await expect(verifierOf({}).verify(await sign())).rejects.toMatchObject(refused)
    await expect(verifierOf({}).verify(await sign(), 'a/b')).rejects.toMatchObject(refused)
  })

  test('is another caller for every device: what was remembered for one is not used for the other', async () => {
    const verifier = verifierOf({})
    const token = await sign()
    expect((await verifier.verify(token, 'phone')).deviceId).toBe('phone')
    expect((await verifier.verify(token, 'laptop')).deviceId).toBe('laptop')
  })

  test('that says its device in a claim is of that device, whatever the request says', async () => {
    const verifier = verifierOf({ device: { claim: 'https://chat.example/device' } })
    const token = await sign({ 'https://chat.example/device': 'tablet' })
    expect((await verifier.verify(token, 'other')).deviceId).toBe('tablet')
  })

  test('has the roles that the mapping gives it, from nested claims too, and no others', async () => {
    const roles = { claim: ['realm_access', 'roles'], names: { 'chat-admin': 'admin' } }
    const token = await sign({ realm_access: { roles: ['chat-admin', 'admin', 'analyst', 'offline_access'] } })
    expect((await verifierOf({ roles }).verify(token, 'd')).roles).toEqual(['user', 'admin'])
  })

  test('has no role by a claim that nobody mapped', async () => {
    expect((await verifierOf({}).verify(await sign({ roles: ['admin'] }), 'd')).roles).toEqual(['user'])
  })

  test('names its users under the prefix, so that it cannot name those of others', async () => {
    const verifier = verifierOf({ userId: { prefix: 'acme|' } })
    expect((await verifier.verify(await sign({ sub: 'alice' }), 'd')).userId).toBe('acme|alice')
  })

  test('needs the required scope, as words or as a list', async () => {
    const verifier = verifierOf({ scope: { claim: 'scope', required: ['chat'] } })
    expect((await verifier.verify(await sign({ scope: 'openid chat' }), 'd')).userId).toBe('u-1')
    expect((await verifier.verify(await sign({ scope: ['chat'] }), 'd')).userId).toBe('u-1')
    for (const scope of ['openid', 'chatter', undefined])
      await expect(verifier.verify(await sign({ scope }), 'd')).rejects.toMatchObject(refused)
  })
})

describe('what is refused', () => {
  const forgeries: Record<string, () => Promise<string>> = {
    'another audience': () => sign({ aud: 'other-app' }),
    'the audience of the own tokens': () => sign({ aud: 'backscroll' }),
    'an issuer that is not listed': () => sign({ iss: 'https://evil.example' }),
    'an issuer that only begins like a listed one': () => sign({ iss: `${iss}.evil.example` }),
    'no issuer': () => sign({ iss: undefined }),
    'an algorithm that is not the issuer’s': () => sign({}, { alg: 'EdDSA', kid: 'ed' }),
    'the own issuer’s name, signed by another’s key': () =>
      sign({ iss: 'backscroll', aud: 'backscroll', device: 'd' }, { alg: 'EdDSA', kid: 'ed' }),
    'the other’s name, signed by the own key': () =>
      new SignJWT(claims()).setProtectedHeader({ alg: 'EdDSA', kid: own.kid }).sign(own.privateKey),
    'a user that is no text': () => sign({ sub: undefined }),
    'a user id that cannot be': () => sign({ sub: 'a b' }),
  }
  for (const [name, forge] of Object.entries(forgeries))
    test(name, async () => {
      await expect(verifierOf({}).verify(await forge(), 'd')).rejects.toMatchObject(refused)
    })

  test('a token that has expired says so', async () => {
    const past = Math.floor(Date.now() / 1000) - 10
    await expect(verifierOf({}).verify(await sign({ exp: past }), 'd')).rejects.toMatchObject({ code: 'token_expired' })
  })

  test('a key set that cannot be reached is the server’s trouble, for this issuer alone', async () => {
    const verifier = verifierOf({ jwksUrl: 'http://127.0.0.1:9/jwks' })
    await expect(verifier.verify(await sign(), 'd')).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('the file of issuers', () => {
  const good = { issuer: iss, audience: 'chat', jwksUrl: 'https://id.example/jwks' }
  const load = async (content: unknown) => {
    const file = join(tmpdir(), `backscroll-issuers-${process.pid}.json`)
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
    return loadIssuers(file)
  }

  test('needs no more than issuer, audience and keys', async () => {
    expect(await load([good])).toMatchObject([{ ...good, algorithms: ['RS256'], device: { from: 'request' } }])
  })

  test.each([
    ['no JSON', '{', 'no JSON'],
    ['no list', good, 'expected array'],
    ['keys over plain HTTP', [{ ...good, jwksUrl: 'http://id.example/jwks' }], '0.jwksUrl: must be an https URL'],
    ['a symmetric algorithm', [{ ...good, algorithms: ['HS256'] }], '0.algorithms.0'],
    ['no algorithm at all', [{ ...good, algorithms: ['none'] }], '0.algorithms.0'],
    ['a field that does not exist', [{ ...good, jwks: 'x' }], 'jwks'],
    ['the same issuer twice', [good, good], 'listed twice'],
    ['two issuers that could name the same user', [good, { ...good, issuer: 'https://b.example' }], 'userId.prefix'],
    [
      'prefixes of which one begins the other',
      [
        { ...good, userId: { prefix: 'a|' } },
        { ...good, issuer: 'https://b.example', userId: { prefix: 'a|b|' } },
      ],
      'userId.prefix',
    ],
  ])('is refused for %s', async (_what, content, message) => {
    await expect(load(content)).rejects.toThrow(message)
  })

  test('that is not there is an operator’s mistake', async () => {
    await expect(loadIssuers('/nowhere/issuers.json')).rejects.toMatchObject({ name: 'OperatorError' })
  })
})
