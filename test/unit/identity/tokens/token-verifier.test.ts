import { createHmac, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issueToken } from '../../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys, type LocalKeys } from '../../../../src/identity/tokens/keys/local-keys.ts'
import { createTokenVerifier } from '../../../../src/identity/tokens/token-verifier.ts'

const names = { issuer: 'https://id.example', audience: 'backscroll' }
const request = { user: 'alice', device: 'phone', ttl: 60 }

let directory: string
let keys: LocalKeys

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backscroll-auth-'))
  keys = await createLocalKeys(directory)
})
afterAll(() => rm(directory, { recursive: true }))

const verifierOf = (file: string, now: () => number = Date.now) =>
  createTokenVerifier({ keys: { file }, ...names, clockToleranceSeconds: 0, now })

const sign = (claims: JWTPayload, header: { alg: string; kid?: string } = { alg: 'EdDSA', kid: keys.kid }) =>
  new SignJWT(claims).setProtectedHeader(header).sign(keys.privateKey)

const claims = (): JWTPayload => ({
  sub: 'alice',
  device: 'phone',
  iss: names.issuer,
  aud: names.audience,
  exp: Math.floor(Date.now() / 1000) + 60,
})
const without = (name: string) => Object.fromEntries(Object.entries(claims()).filter(([key]) => key !== name))
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

test('[T2] a token of the own key says who calls, from which device, with which roles, until when', async () => {
  const token = await issueToken({ keys, ...names, now: () => 1_000_000 }, { ...request, roles: ['user', 'admin'] })
  const access = await verifierOf(keys.jwksFile, () => 1_000_000).verify(token)
  expect(access).toEqual({
    userId: 'alice',
    deviceId: 'phone',
    roles: ['user', 'admin'],
    issuedAt: 1_000_000,
    expiresAt: 1_060_000,
  })
})

test('a token that names no role is a plain user', async () => {
  expect((await verifierOf(keys.jwksFile).verify(await sign(claims()))).roles).toEqual(['user'])
})

describe('[T2] what is refused, without a word about why', () => {
  const forgeries: Record<string, () => Promise<string> | string> = {
    'no token at all': () => '',
    'text that is no token': () => 'a.b.c',
    'alg none': () => `${encode({ alg: 'none' })}.${encode(claims())}.`,
    'alg none with a kid': () => `${encode({ alg: 'none', kid: keys.kid })}.${encode(claims())}.`,
    'HS256 signed with the public key': async () => {
      const { x } = JSON.parse(await readFile(keys.jwksFile, 'utf8')).keys[0]
      const head = `${encode({ alg: 'HS256', kid: keys.kid })}.${encode(claims())}`
      return `${head}.${createHmac('sha256', Buffer.from(x, 'base64url')).update(head).digest('base64url')}`
    },
    'another key under our kid': async () => {
      const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
      return new SignJWT(claims()).setProtectedHeader({ alg: 'EdDSA', kid: keys.kid }).sign(privateKey)
    },
    RS256: async () => {
      const { privateKey } = await generateKeyPair('RS256')
      return new SignJWT(claims()).setProtectedHeader({ alg: 'RS256' }).sign(privateKey)
    },
    'a key that comes in the header': async () => {
      const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
      const header = { alg: 'ES256', jwk: await exportJWK(publicKey) }
      return new SignJWT(claims()).setProtectedHeader(header).sign(privateKey)
    },
    'an unknown kid': () => sign(claims(), { alg: 'EdDSA', kid: 'other' }),
    'another issuer': () => sign({ ...claims(), iss: 'https://evil.example' }),
    'no issuer': () => sign(without('iss')),
    'another audience': () => sign({ ...claims(), aud: 'other' }),
    'no audience': () => sign(without('aud')),
    'no expiry': () => sign(without('exp')),
    'no user': () => sign(without('sub')),
    'no device': () => sign(without('device')),
    'a device id with a slash': () => sign({ ...claims(), device: 'a/b' }),
    'a user id of line breaks': () => sign({ ...claims(), sub: 'a\nb' }),
    'an unknown role': () => sign({ ...claims(), roles: ['root'] }),
    'a token that is not valid yet': () => sign({ ...claims(), nbf: Math.floor(Date.now() / 1000) + 1000 }),
    'a changed payload': async () => {
      const [head, , signature] = (await sign(claims())).split('.')
      return `${head}.${encode({ ...claims(), sub: 'bob' })}.${signature}`
    },
    'a token longer than any real one': async () => `${await sign(claims())}${'A'.repeat(9000)}`,
  }

  for (const [name, forge] of Object.entries(forgeries))
    test(name, async () => {
      const refused = expect(verifierOf(keys.jwksFile).verify(await forge())).rejects
      await refused.toMatchObject({ code: 'unauthenticated', message: 'A valid access token is required' })
    })

  test('an expired token, which is told apart so that a client fetches a new one', async () => {
    const token = await sign({ ...claims(), exp: Math.floor(Date.now() / 1000) - 1 })
    await expect(verifierOf(keys.jwksFile).verify(token)).rejects.toMatchObject({ code: 'token_expired' })
  })

  test('an expired token of a foreign key is not even called expired', async () => {
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
    const token = await new SignJWT({ ...claims(), exp: 1 }).setProtectedHeader({ alg: 'EdDSA' }).sign(privateKey)
    await expect(verifierOf(keys.jwksFile).verify(token)).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

test('a remembered token is never believed beyond its expiry', async () => {
  let now = Date.now()
  const verifier = verifierOf(keys.jwksFile, () => now)
  const token = await issueToken({ keys, ...names, now: () => now }, { ...request, ttl: 5 })
  await verifier.verify(token)
  now += 5001
  await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'token_expired' })
})

test('keys rotate while the server runs: a new key in the file counts, a withdrawn one does not', async () => {
  let now = Date.now()
  const file = join(directory, `${randomUUID()}.json`)
  const fresh = await generateKeyPair('ES256', { extractable: true })
  const old = JSON.parse(await readFile(keys.jwksFile, 'utf8')).keys
  await writeFile(file, JSON.stringify({ keys: old }))
  const verifier = verifierOf(file, () => now)
  const oldToken = await sign({ ...claims(), exp: Math.floor(now / 1000) + 7200 })
  await verifier.verify(oldToken)

  await writeFile(
    file,
    JSON.stringify({ keys: [{ ...(await exportJWK(fresh.publicKey)), kid: 'fresh', alg: 'ES256' }] }),
  )
  now += 61_000
  const header = { alg: 'ES256', kid: 'fresh' }
  const token = await new SignJWT({ ...claims(), exp: Math.floor(now / 1000) + 60 })
    .setProtectedHeader(header)
    .sign(fresh.privateKey)
  expect(await verifier.verify(token)).toMatchObject({ userId: 'alice' })
  await expect(verifier.verify(oldToken)).rejects.toMatchObject({ code: 'unauthenticated' })
})

test('keys come from a URL as well; a key set that does not answer is the server trouble, not a forged token', async () => {
  const server = createServer(async (_request, response) => response.end(await readFile(keys.jwksFile)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const options = { ...names, clockToleranceSeconds: 0 }
  const token = await sign(claims())
  const reachable = createTokenVerifier({ keys: { jwksUrl: `http://127.0.0.1:${port}/jwks` }, ...options })
  expect(await reachable.verify(token)).toMatchObject({ deviceId: 'phone' })
  await new Promise((resolve) => server.close(resolve))
  const gone = createTokenVerifier({ keys: { jwksUrl: `http://127.0.0.1:${port}/jwks` }, ...options })
  await expect(gone.verify(token)).rejects.toMatchObject({ code: 'unavailable' })
  await expect(verifierOf(join(directory, 'none.json')).verify(token)).rejects.toMatchObject({ code: 'unavailable' })
})
