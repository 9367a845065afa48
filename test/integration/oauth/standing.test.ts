import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rotateKeys } from '../../../src/identity/tokens/keys/rotate-keys.ts'
import { openBrowser } from '../../support/oauth/browser.ts'
import { authorizationUrl, getTokens, newVerifier, refresh, signInWith } from '../../support/oauth/client.ts'
import { type OAuthWorld, password, startOAuth } from '../../support/oauth/world.ts'

let world: OAuthWorld

beforeAll(async () => {
  world = await startOAuth()
})
afterAll(() => world.close())

const change = async (userId: string, fields: Parameters<OAuthWorld['store']['change']>[1]) => {
  await world.store.change(userId, fields)
  world.accounts.standings.forget(userId)
}

test('a role is in the tokens of who has it and asks for it, and leaves them with the next refresh', async () => {
  const { userId } = await world.register('ada')
  // The last admin keeps the role.
  await change((await world.register('zoe')).userId, { roles: ['user', 'admin'] })
  await change(userId, { roles: ['user', 'admin'] })
  const plain = await getTokens(world.url, 'ada')
  expect(await world.verifier.verify(plain.json.access_token)).toMatchObject({ roles: ['user'] })
  const admin = await getTokens(world.url, 'ada', { scope: 'openid messages admin' })
  expect(await world.verifier.verify(admin.json.access_token)).toMatchObject({ roles: ['user', 'admin'] })
  await change(userId, { roles: ['user'] })
  const next = await refresh(world.url, admin.json.refresh_token)
  expect(await world.verifier.verify(next.json.access_token)).toMatchObject({ roles: ['user'] })
})

test('a deactivated account gets no more tokens, nor anybody in', async () => {
  const { userId } = await world.register('dora')
  const { json } = await getTokens(world.url, 'dora')
  await change(userId, { status: 'deactivated' })
  expect((await refresh(world.url, json.refresh_token)).json.error).toBe('invalid_grant')
  const browser = openBrowser(world.url)
  const page = await browser.get(authorizationUrl(world.url, newVerifier()))
  const answer = await browser.submit(page, { login: 'dora', password, act: 'sign-in' })
  expect(answer.text).toContain('This account is deactivated.')
})

test('a user who was signed out everywhere signs in again, in the same browser too', async () => {
  const { userId } = await world.register('emil')
  const browser = openBrowser(world.url)
  const { json } = await getTokens(world.url, 'emil')
  await signInWith(browser, authorizationUrl(world.url, newVerifier()), 'emil')
  expect((await browser.get(authorizationUrl(world.url, newVerifier()))).text).toContain('Allow')
  await change(userId, { tokensFrom: Date.now() + 2000 })
  expect((await refresh(world.url, json.refresh_token)).json.error).toBe('invalid_grant')
  expect((await browser.get(authorizationUrl(world.url, newVerifier()))).text).toContain('type="password"')
})

test('a revoked device gets no more tokens, the other devices of its user do', async () => {
  const { userId } = await world.register('fred')
  const lost = (await getTokens(world.url, 'fred', { device: 'lost' })).json
  const kept = (await getTokens(world.url, 'fred', { device: 'kept' })).json
  const at = Date.now()
  await world.store.provision([{ userId, deviceId: 'lost', at }])
  const command = { type: 'RevokeDevice', deviceId: 'lost', actor: null, at } as const
  expect(await world.store.revokeDevice(userId, 'lost', at, { id: 'notice-2', userId, command })).toBe(true)
  world.accounts.standings.forget(userId)
  expect((await refresh(world.url, lost.refresh_token)).json.error).toBe('invalid_grant')
  expect((await refresh(world.url, kept.refresh_token)).status).toBe(200)
})

test('an erased user leaves no sign-in behind', async () => {
  const { userId } = await world.register('eve')
  const { json } = await getTokens(world.url, 'eve')
  const file = new Database(join(world.directory, 'accounts.db'), { readonly: true })
  const count = () => file.prepare('SELECT count(*) FROM oauth_records WHERE payload LIKE ?').pluck().get(`%${userId}%`)
  expect(count()).toBeGreaterThan(0)
  const command = { type: 'EraseUser', actor: null, at: Date.now() } as const
  await world.store.erase(userId, Date.now(), { id: 'notice-1', userId, command })
  world.accounts.standings.forget(userId)
  expect(count()).toBe(0)
  file.close()
  expect((await refresh(world.url, json.refresh_token)).json.error).toBe('invalid_grant')
})

test('an account can be made on the way, and mistakes are told', async () => {
  const browser = openBrowser(world.url)
  const page = await browser.get(authorizationUrl(world.url, newVerifier()))
  const form = await browser.get(`${page.url}?new`)
  const short = await browser.submit(form, { login: 'frieda', password: 'short', act: 'register' })
  expect(short).toMatchObject({
    status: 422,
    text: expect.stringContaining('The password must be 8 to 256 characters.'),
  })
  expect(short.text).toMatch(/<title>Error: .*role="alert"/s)
  const taken = await browser.submit(form, { login: 'emil', password, act: 'register' })
  expect(taken.text).toContain('This login is taken.')
  const consent = await browser.submit(form, { login: 'frieda', password, act: 'register' })
  expect((await browser.submit(consent, { act: 'consent' })).url).toContain('?code=')
})

test('a user who cancels is sent back with an error and without a code', async () => {
  const browser = openBrowser(world.url)
  const page = await browser.get(authorizationUrl(world.url, newVerifier()))
  const back = new URL((await browser.submit(page, { act: 'cancel' })).url)
  expect(back.searchParams.get('error')).toBe('access_denied')
  expect(back.searchParams.get('code')).toBeNull()
})

test('signing out ends the sign-ins from this browser and goes back to the client', async () => {
  await world.register('greta')
  const verifier = newVerifier()
  const browser = openBrowser(world.url)
  await signInWith(browser, authorizationUrl(world.url, verifier), 'greta')
  const target = 'http://127.0.0.1:7777/'
  const page = await browser.get(
    `/oauth/session/end?client_id=backscroll-web&post_logout_redirect_uri=${encodeURIComponent(target)}`,
  )
  expect(page.text).toContain('Sign out?')
  expect(page.headers.get('content-security-policy')).toContain("form-action 'self' http://127.0.0.1:7777;")
  expect((await browser.submit(page, { logout: 'yes' })).url).toBe(target)
  expect((await browser.get(authorizationUrl(world.url, newVerifier()))).text).toContain('type="password"')
})

test('keys rotate while the server runs: new tokens are of the new key, old ones stay good', async () => {
  await world.register('hanna')
  const old = (await getTokens(world.url, 'hanna')).json
  const { kid } = await rotateKeys(world.keyDirectory, 86_400_000, Date.now())
  world.clock.ahead += 1001
  const next = (await refresh(world.url, old.refresh_token)).json
  expect(decodeProtectedHeader(next.access_token).kid).toBe(kid)
  const keys = createRemoteJWKSet(new URL(`${world.url}/oauth/jwks`))
  for (const token of [old.access_token, next.access_token])
    expect((await jwtVerify(token, keys)).payload.iss).toBe(`${world.url}/oauth`)
})

test('a stolen database lets nobody in: no refresh token and no code is in the file', async () => {
  await world.register('ida')
  const { json } = await getTokens(world.url, 'ida')
  for (const name of ['accounts.db', 'accounts.db-wal']) {
    const bytes = await readFile(join(world.directory, name), 'latin1').catch(() => '')
    expect(bytes).not.toContain(json.refresh_token)
  }
})

test('discovery names what there is', async () => {
  const found = await (await fetch(`${world.url}/oauth/.well-known/openid-configuration`)).json()
  expect(found).toMatchObject({
    issuer: `${world.url}/oauth`,
    code_challenge_methods_supported: ['S256'],
    response_types_supported: ['code'],
    token_endpoint_auth_methods_supported: ['none'],
    id_token_signing_alg_values_supported: ['EdDSA'],
    jwks_uri: `${world.url}/oauth/jwks`,
  })
  expect(found.registration_endpoint).toBeUndefined()
})

test('behind a proxy with TLS cookies are for TLS alone, whatever the client says of it', async () => {
  const proxied = await startOAuth({ publicUrl: () => 'https://chat.example.org/im' })
  const answer = await fetch(authorizationUrl(proxied.url, newVerifier()), {
    redirect: 'manual',
    headers: { 'x-forwarded-proto': 'http', 'x-forwarded-host': 'evil.example' },
  })
  const cookies = answer.headers.getSetCookie()
  expect(answer.headers.get('location')).toMatch(/^\/im\/oauth\/interaction\//)
  expect(cookies.length).toBeGreaterThan(0)
  for (const cookie of cookies) expect(cookie).toMatch(/^__Secure-.*; samesite=lax; secure; httponly/i)
  const { issuer, token_endpoint } = await (
    await fetch(`${proxied.url}/oauth/.well-known/openid-configuration`, { headers: { host: 'evil.example' } })
  ).json()
  expect({ issuer, token_endpoint }).toEqual({
    issuer: 'https://chat.example.org/im/oauth',
    token_endpoint: 'https://chat.example.org/im/oauth/token',
  })
  await proxied.close()
})
