import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openBrowser } from '../../support/oauth/browser.ts'
import { authorizationUrl, newVerifier, post, redirectUri } from '../../support/oauth/client.ts'
import { type OAuthWorld, password, startOAuth } from '../../support/oauth/world.ts'

let world: OAuthWorld
beforeEach(async () => {
  world = await startOAuth({}, 1000, ['127.0.0.1'])
})
afterEach(() => world.close())

const stored = async (): Promise<number> => {
  const sizes = ['', '-wal'].map((end) => stat(join(world.directory, `accounts.db${end}`)).catch(() => ({ size: 0 })))
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0)
}
const from = (address: string) => ({ 'x-forwarded-for': address, accept: 'text/html' })
const ask = (address: string, changes: Record<string, string> = {}) =>
  fetch(authorizationUrl(world.url, newVerifier(), changes), { redirect: 'manual', headers: from(address) })

test('long parameters are refused, whichever endpoint they come to, and nothing of them is stored', async () => {
  const before = await stored()
  const long = { state: 'x'.repeat(9000) }
  const form = { client_id: 'backscroll-web', response_type: 'code', redirect_uri: redirectUri, device: 'd', ...long }
  const pkce = { code_challenge: 'c'.repeat(43), code_challenge_method: 'S256', scope: 'openid messages' }
  const posted = (path: string, fields: Record<string, string>) =>
    fetch(`${world.url}/oauth${path}`, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) })
  for (let round = 0; round < 20; round += 1) {
    const answers = [
      await ask('192.0.2.1', long),
      await posted('/auth', { ...form, ...pkce }),
      await posted('/device/auth', {
        client_id: 'backscroll-cli',
        device: 'd',
        scope: 'messages',
        login_hint: long.state,
      }),
    ]
    // The second is no endpoint at all: an authorization request comes in the address.
    for (const answer of answers) expect([400, 404, 303]).toContain(answer.status)
    for (const answer of answers) expect(answer.headers.get('location') ?? 'error=').toContain('error=')
  }
  expect((await stored()) - before).toBeLessThan(60_000)
})

test('a body that no form of the protocol has is refused before it is read', async () => {
  const body = new URLSearchParams({ state: 'x'.repeat(20_000) })
  const answer = await fetch(`${world.url}/oauth/auth`, { method: 'POST', body })
  expect([answer.status, (await answer.json()).code]).toEqual([413, 'too_large'])
})

test('one network begins so many sign-ins a minute, another one goes on', async () => {
  let begun = 0
  while ((await ask(`2001:db8::${begun + 1}`)).status === 303) begun += 1
  // One more comes back each second.
  expect(begun).toBeGreaterThanOrEqual(60)
  expect(begun).toBeLessThan(90)
  const refused = await ask('2001:db8::ffff')
  expect([refused.status, refused.headers.get('location')]).toEqual([429, null])
  expect(await refused.text()).toContain('wait a minute')
  expect((await ask('2001:db8:0:1::1')).status).toBe(303)
  const device = { client_id: 'backscroll-cli', device: 'd', scope: 'messages' }
  const asked = await fetch(`${world.url}/oauth/device/auth`, {
    method: 'POST',
    body: new URLSearchParams(device),
    headers: { 'x-forwarded-for': '2001:db8::2' },
  })
  expect([asked.status, (await asked.json()).error]).toEqual([429, 'temporarily_unavailable'])
})

test('a sign-in in progress goes on while its network begins too many', async () => {
  await world.register('alice')
  const browser = openBrowser(world.url)
  const form = await browser.get(authorizationUrl(world.url, newVerifier()))
  while ((await ask('127.0.0.1')).status === 303);
  const consent = await browser.submit(form, { login: 'alice', password, act: 'sign-in' })
  expect(consent.text).toContain('Allow')
  const back = await browser.submit(consent, { act: 'consent' })
  expect(back.url).toContain('code=')
})

test('records of strangers are removed after half an hour, and at once beyond a number of records', async () => {
  await ask('192.0.2.1')
  const { device_code: code } = (
    await post(world.url, '/device/auth', {
      client_id: 'backscroll-cli',
      device: 'd',
      scope: 'messages',
    })
  ).json
  expect(code).toEqual(expect.any(String))
  expect(await world.store.oauth.trim(['Interaction', 'DeviceCode', 'Session'], 1)).toBeGreaterThan(0)
  await world.store.oauth.purge(Date.now() + 1_800_001)
  expect(await world.store.oauth.trim(['Interaction', 'DeviceCode', 'Session'], 0)).toBe(0)
})
