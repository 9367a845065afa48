import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../../support/oauth/browser.ts'
import { deviceGrant, post } from '../../support/oauth/client.ts'
import { type OAuthWorld, password, startOAuth } from '../../support/oauth/world.ts'

let world: OAuthWorld
let userId: string

beforeAll(async () => {
  world = await startOAuth()
  ;({ userId } = await world.register('alice'))
})
afterAll(() => world.close())

const begin = async (device = 'terminal') =>
  (await post(world.url, '/device/auth', { client_id: 'backscroll-cli', scope: 'openid messages', device })).json

const poll = (code: string) =>
  post(world.url, '/token', { grant_type: deviceGrant, client_id: 'backscroll-cli', device_code: code })

/** Types the code in, says that it is the same, signs in, allows. */
const approve = async (code: string) => {
  const browser = openBrowser(world.url)
  const confirm = await browser.submit(await browser.get('/oauth/device'), { user_code: code })
  const form = await browser.submit(confirm, { confirm: 'yes' })
  const consent = await browser.submit(form, { login: 'alice', password, act: 'sign-in' })
  return { confirm, done: await browser.submit(consent, { act: 'consent' }) }
}

test('a program without a browser gets tokens once its user has typed its code in elsewhere', async () => {
  const started = await begin()
  expect(started).toMatchObject({ verification_uri: `${world.url}/oauth/device`, expires_in: 600 })
  expect((await poll(started.device_code)).json.error).toBe('authorization_pending')
  const { confirm, done } = await approve(started.user_code)
  expect(confirm.text).toContain(started.user_code)
  expect(confirm.text).toContain('terminal')
  expect(done.text).toContain('Your program is signed in')
  const { status, json } = await poll(started.device_code)
  expect(status).toBe(200)
  expect(await world.verifier.verify(json.access_token)).toMatchObject({ userId, deviceId: 'terminal' })
  expect(json.refresh_token).toEqual(expect.any(String))
})

test('codes are read as people write them: small letters, spaces instead of the dash', async () => {
  const { user_code: code } = await begin()
  const { done } = await approve(` ${String(code).toLowerCase().replace('-', ' ')}`)
  expect(done.text).toContain('Your program is signed in')
})

test('a device code gives tokens once', async () => {
  const { device_code: code, user_code: typed } = await begin()
  await approve(typed)
  expect((await poll(code)).status).toBe(200)
  expect((await poll(code)).json.error).toBe('invalid_grant')
})

test('an expired device code gives nothing, whether it was approved or not', async () => {
  const [late, approved] = [await begin(), await begin()]
  await approve(approved.user_code)
  world.clock.ahead += 601_000
  expect(['expired_token', 'invalid_grant']).toContain((await poll(approved.device_code)).json.error)
  const browser = openBrowser(world.url)
  const page = await browser.submit(await browser.get('/oauth/device'), { user_code: late.user_code })
  expect(page.text).toMatch(/role="alert"><p>(This code is not known|This code has expired)/)
  world.clock.ahead = 0
})

test('a user who cancels grants nothing', async () => {
  const { device_code: code, user_code: typed } = await begin()
  const browser = openBrowser(world.url)
  const confirm = await browser.submit(await browser.get('/oauth/device'), { user_code: typed })
  expect((await browser.submit(confirm, { abort: 'yes' })).text).toContain('It was cancelled')
  expect((await poll(code)).json.error).toBe('access_denied')
})

test('a link with the code filled in still asks whether it is the same code', async () => {
  const { verification_uri_complete: link, user_code: code, device_code: secret } = await begin()
  const browser = openBrowser(world.url)
  const page = await browser.submit(await browser.get(link), {})
  expect(page.text).toContain(code)
  expect(page.text).toContain('somebody sent you here')
  expect((await poll(secret)).json.error).toBe('authorization_pending')
})

test('the form of another browser is not accepted', async () => {
  const { user_code: code } = await begin()
  const page = await openBrowser(world.url).get('/oauth/device')
  const forged = await openBrowser(world.url).submit(page, { user_code: code, confirm: 'yes' })
  expect(forged.text).not.toContain('type="password"')
  expect(forged.text).toContain('The eight letters')
})

test('guessing codes ends soon', async () => {
  const browser = openBrowser(world.url)
  const page = await browser.get('/oauth/device')
  const tries = await Promise.all(Array.from({ length: 40 }, () => browser.submit(page, { user_code: 'BBBB-BBBB' })))
  expect(tries.filter(({ status }) => status === 429).length).toBeGreaterThan(5)
})

test('the code grant is not for a client that only types codes, and the other way round', async () => {
  const { json } = await post(world.url, '/device/auth', {
    client_id: 'backscroll-web',
    scope: 'messages',
    device: 'd',
  })
  expect(json.error).toBe('invalid_request')
  const page = await openBrowser(world.url).get(
    `/oauth/auth?client_id=backscroll-cli&response_type=code&scope=messages&device=d&redirect_uri=http://127.0.0.1/`,
  )
  expect(page.status).toBe(400)
})

test('a program that does not say its device gets nothing', async () => {
  const { json } = await post(world.url, '/device/auth', { client_id: 'backscroll-cli', scope: 'messages' })
  expect(json).toMatchObject({ error: 'invalid_request', error_description: expect.stringContaining('device') })
})
