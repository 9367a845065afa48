import { SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { formAction, hiddenFields, openBrowser } from '../../support/oauth/browser.ts'
import {
  authorizationUrl,
  challengeOf,
  getTokens,
  newVerifier,
  post,
  redeem,
  redirectUri,
  refresh,
  signInWith,
} from '../../support/oauth/client.ts'
import { type OAuthWorld, password, startOAuth } from '../../support/oauth/world.ts'

let world: OAuthWorld

beforeAll(async () => {
  world = await startOAuth()
  for (const login of ['alice', 'mallory']) await world.register(login)
})
afterAll(() => world.close())
/** Some tests move the clock. */
afterEach(() => {
  world.clock.ahead = 0
})

const signIn = async (verifier: string, changes: Record<string, string> = {}, login = 'alice') =>
  signInWith(openBrowser(world.url), authorizationUrl(world.url, verifier, changes), login)
const codeOf = async (verifier: string, login = 'alice') =>
  (await signIn(verifier, {}, login)).searchParams.get('code') ?? ''

describe('PKCE', () => {
  test('no code without a challenge', async () => {
    const page = await openBrowser(world.url).get(
      authorizationUrl(world.url, 'x', { code_challenge: undefined, code_challenge_method: undefined }),
    )
    expect(new URL(page.url).searchParams.get('error')).toBe('invalid_request')
  })

  test('no downgrade to plain, said or unsaid', async () => {
    for (const method of ['plain', undefined]) {
      const page = await openBrowser(world.url).get(
        authorizationUrl(world.url, newVerifier(), { code_challenge_method: method }),
      )
      expect(new URL(page.url).searchParams.get('error')).toBe('invalid_request')
    }
  })

  test('a stolen code is worth nothing without its verifier', async () => {
    const verifier = newVerifier()
    const code = await codeOf(verifier)
    for (const wrong of [newVerifier(), challengeOf(verifier)])
      expect((await redeem(world.url, code, wrong)).json.error).toBe('invalid_grant')
    const { json } = await post(world.url, '/token', {
      grant_type: 'authorization_code',
      client_id: 'backscroll-web',
      redirect_uri: redirectUri,
      code,
    })
    expect(json.error).toBe('invalid_grant')
  })
})

describe('used twice', () => {
  test('a code that is shown again takes everything back that it gave', async () => {
    const verifier = newVerifier()
    const code = await codeOf(verifier)
    const { json } = await redeem(world.url, code, verifier)
    expect((await redeem(world.url, code, verifier)).json.error).toBe('invalid_grant')
    expect((await refresh(world.url, json.refresh_token)).json.error).toBe('invalid_grant')
  })

  test('at most one of many concurrent requests with the same code gets tokens', async () => {
    const verifier = newVerifier()
    const code = await codeOf(verifier)
    const answers = await Promise.all(Array.from({ length: 8 }, () => redeem(world.url, code, verifier)))
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1)
  })

  const refreshLater = async (seconds: number, token: string) => {
    world.clock.ahead += seconds * 1000
    return (await refresh(world.url, token)).json
  }

  test('a refresh token whose answer was lost is good once more for a while, for the same device', async () => {
    const first = (await getTokens(world.url, 'alice', { device: 'train' })).json
    await refresh(world.url, first.refresh_token)
    const second = await refreshLater(50, first.refresh_token)
    expect(await world.verifier.verify(second.access_token)).toMatchObject({ deviceId: 'train' })
    expect(await refreshLater(900, second.refresh_token)).toMatchObject({ refresh_token: expect.any(String) })
  })

  test('a refresh token that is shown again later ends the sign-in, for the thief and for the device', async () => {
    const first = (await getTokens(world.url, 'alice')).json
    const second = (await refresh(world.url, first.refresh_token)).json
    expect((await refreshLater(61, first.refresh_token)).error).toBe('invalid_grant')
    expect((await refresh(world.url, second.refresh_token)).json.error).toBe('invalid_grant')
  })

  test('a refresh token is not good once more when its answer has come: the next one was used', async () => {
    const first = (await getTokens(world.url, 'alice')).json
    const second = (await refresh(world.url, first.refresh_token)).json
    const third = (await refresh(world.url, second.refresh_token)).json
    expect((await refresh(world.url, first.refresh_token)).json.error).toBe('invalid_grant')
    expect((await refresh(world.url, third.refresh_token)).json.error).toBe('invalid_grant')
  })

  test('a thief within the time and the device do not both go on: the second of them ends the sign-in', async () => {
    const first = (await getTokens(world.url, 'alice')).json
    const owner = (await refresh(world.url, first.refresh_token)).json
    const thief = (await refresh(world.url, first.refresh_token)).json
    const going = await refreshLater(900, thief.refresh_token)
    expect((await refresh(world.url, owner.refresh_token)).json.error).toBe('invalid_grant')
    expect((await refresh(world.url, going.refresh_token)).json.error).toBe('invalid_grant')
  })

  test('only one of many concurrent refreshes goes on', async () => {
    const { json } = await getTokens(world.url, 'alice')
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(world.url, json.refresh_token)))
    const tokens: string[] = answers.flatMap(({ json: { refresh_token: next } }) => next ?? [])
    world.clock.ahead += 900_000
    const next = []
    for (const token of tokens) next.push((await refresh(world.url, token)).status)
    expect(next.filter((status) => status === 200).length).toBeLessThanOrEqual(1)
  })
})

describe('tokens of others', () => {
  test('a refresh token is good for the client that it was made for alone', async () => {
    const { json } = await getTokens(world.url, 'alice')
    const answer = await refresh(world.url, json.refresh_token, { client_id: 'backscroll-cli' })
    expect(answer.json.error).toBe('invalid_grant')
  })

  test('nobody revokes the token of another client, and the own one is gone at once', async () => {
    const { json } = await getTokens(world.url, 'alice')
    const revoke = (client: string) => post(world.url, '/revoke', { token: json.refresh_token, client_id: client })
    await revoke('backscroll-cli')
    const next = (await refresh(world.url, json.refresh_token)).json
    expect(next.access_token).toEqual(expect.any(String))
    await post(world.url, '/revoke', { token: next.refresh_token, client_id: 'backscroll-web' })
    expect((await refresh(world.url, next.refresh_token)).json.error).toBe('invalid_grant')
  })

  test('a refresh cannot change the device', async () => {
    const { json } = await getTokens(world.url, 'alice', { device: 'laptop' })
    const next = await refresh(world.url, json.refresh_token, { device: 'someone-else' })
    expect(await world.verifier.verify(next.json.access_token)).toMatchObject({ deviceId: 'laptop' })
  })

  test('an ID token is no access token', async () => {
    const { json } = await getTokens(world.url, 'alice')
    await expect(world.verifier.verify(json.id_token)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  test('a token without the scope of the API is none for the API', async () => {
    const { json } = await getTokens(world.url, 'alice', { scope: 'openid' })
    await expect(world.verifier.verify(json.access_token)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  test('a user who is not an admin does not become one by asking for it', async () => {
    const { json } = await getTokens(world.url, 'alice', { scope: 'openid messages admin' })
    expect(await world.verifier.verify(json.access_token)).toMatchObject({ roles: ['user'] })
  })

  test('an issuer that only says to be this one is not believed', async () => {
    const forged = await createLocalKeys(`${world.directory}/forged`)
    const now = Math.floor(Date.now() / 1000)
    const claims = { sub: 'alice', device: 'd', scope: 'messages', iat: now, exp: now + 60 }
    for (const iss of [`${world.url}/oauth`, 'https://evil.example', `${world.url}/oauth/`, 'backscroll']) {
      const token = await new SignJWT({ ...claims, iss, aud: 'backscroll' })
        .setProtectedHeader({ alg: 'EdDSA', kid: forged.kid })
        .sign(forged.privateKey)
      await expect(world.verifier.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' })
    }
  })
})

describe('redirect URIs', () => {
  test.each([
    'https://evil.example/callback',
    'http://127.0.0.1:7777/callback/../evil',
    'http://127.0.0.1:7777/callback?next=https://evil.example',
    'http://127.0.0.1:7777/callback#x',
    'http://127.0.0.1.evil.example:7777/callback',
    'http://evil.example@127.0.0.1:7777/callback',
    'http://127.0.0.1:7777@evil.example/callback',
    'http://127.0.0.1:7777/Callback',
    'https://127.0.0.1:7777/callback',
    'javascript:alert(1)//127.0.0.1/callback',
    '//evil.example/callback',
  ])('%s is not redirected to, neither with a code nor with an error', async (uri) => {
    for (const changes of [{}, { code_challenge: undefined }, { prompt: 'none' }]) {
      const page = await openBrowser(world.url).get(
        authorizationUrl(world.url, newVerifier(), { redirect_uri: uri, ...changes }),
      )
      expect(new URL(page.url).origin).toBe(world.url)
      expect(page.status).toBe(400)
    }
  })

  test('the port of a loopback address is the client’s choice', async () => {
    const back = await signIn(newVerifier(), { redirect_uri: 'http://127.0.0.1:50123/callback' })
    expect(back.origin).toBe('http://127.0.0.1:50123')
  })

  test('a code is redeemed with the redirect URI that it was made for', async () => {
    const verifier = newVerifier()
    const code = await codeOf(verifier)
    const other = { redirect_uri: 'http://localhost:7777/callback' }
    expect((await redeem(world.url, code, verifier, other)).json.error).toBe('invalid_grant')
  })

  test('signing out does not redirect to where it should not', async () => {
    const page = await openBrowser(world.url).get(
      '/oauth/session/end?client_id=backscroll-web&post_logout_redirect_uri=https://evil.example/',
    )
    expect(page.status).toBe(400)
    expect(page.url).toContain(world.url)
  })

  test('responses come in the address alone: a form post to the client is refused', async () => {
    const page = await openBrowser(world.url).get(
      authorizationUrl(world.url, newVerifier(), { response_mode: 'form_post' }),
    )
    expect(page.status).toBe(400)
  })
})

describe('forms that others send', () => {
  const open = async () => {
    const browser = openBrowser(world.url)
    return { browser, page: await browser.get(authorizationUrl(world.url, newVerifier())) }
  }
  const fields = { login: 'alice', password, act: 'sign-in' }

  test('without the secret of the form', async () => {
    const { browser, page } = await open()
    for (const csrf of ['', 'x', 'A'.repeat(43)])
      expect((await browser.submit(page, { ...fields, csrf })).status).toBe(403)
  })

  test('with the secret of another sign-in', async () => {
    const { browser, page } = await open()
    const other = await open()
    expect((await browser.submit(page, { ...fields, csrf: hiddenFields(other.page).csrf ?? '' })).status).toBe(403)
  })

  test('from a page of another site', async () => {
    const { browser, page } = await open()
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }])
      expect((await browser.submit(page, fields, headers)).status).toBe(403)
  })

  test('into another browser: nobody is signed in to the account of the attacker', async () => {
    const { page } = await open()
    const victim = openBrowser(world.url)
    const answer = await victim.submit(page, { login: 'mallory', password, act: 'sign-in' })
    expect(answer.status).toBe(404)
    expect([...victim.jar.keys()].some((name) => name.includes('session'))).toBe(false)
  })

  test('consent before anybody has signed in', async () => {
    const { browser, page } = await open()
    expect((await browser.submit(page, { act: 'consent' })).status).toBe(403)
  })

  test('cookies that were changed', async () => {
    const { browser, page } = await open()
    for (const [name, cookie] of browser.jar)
      if (name.includes('.sig ')) browser.jar.set(name, { ...cookie, value: `${cookie.value.slice(0, -2)}xx` })
    expect((await browser.submit(page, fields)).status).toBe(404)
  })

  test('a step of which the address is known, without its cookies', async () => {
    const { page } = await open()
    expect((await openBrowser(world.url).get(page.url)).status).toBe(404)
    expect((await fetch(formAction(page), { method: 'POST', body: new URLSearchParams(fields) })).status).toBe(404)
  })
})

describe('guessing passwords', () => {
  test('ends soon, says when to go on, and the right password does not help then', async () => {
    const strict = await startOAuth({}, 5)
    await strict.register('bertha')
    const browser = openBrowser(strict.url)
    const page = await browser.get(authorizationUrl(strict.url, newVerifier()))
    const wrong = { login: 'bertha', password: 'wrong-password', act: 'sign-in' }
    const tries = []
    for (let count = 0; count < 8; count += 1) tries.push(await browser.submit(page, wrong))
    expect(tries[0]).toMatchObject({ status: 422, text: expect.stringContaining('Login or password is wrong.') })
    const last = await browser.submit(page, { ...wrong, password })
    expect(last.status).toBe(429)
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0)
    await strict.close()
  })

  test('does not lock out the browser that has signed in before, from whatever networks the guesses come', async () => {
    const strict = await startOAuth({}, 3, ['127.0.0.1'])
    await strict.register('bertha')
    const mine = openBrowser(strict.url)
    await signInWith(mine, authorizationUrl(strict.url, newVerifier()), 'bertha')
    const from = (address: string) => ({ 'x-forwarded-for': address })
    const guess = { login: 'bertha', password: 'wrong-password', act: 'sign-in' }
    const statuses: number[] = []
    for (let network = 0; network < 30; network += 1) {
      const browser = openBrowser(strict.url)
      const page = await browser.get(authorizationUrl(strict.url, newVerifier()))
      statuses.push((await browser.submit(page, guess, from(`2001:db8:${network}::1`))).status)
    }
    expect(statuses.slice(0, 14)).toEqual(Array<number>(14).fill(422))
    expect(statuses.at(-1)).toBe(429)
    const again = authorizationUrl(strict.url, newVerifier(), { prompt: 'login' })
    const form = await mine.get(again)
    const entered = await mine.submit(form, { login: 'Bertha ', password, act: 'sign-in' }, from('198.51.100.9'))
    expect(entered.text).toContain('Allow')
    const stranger = openBrowser(strict.url)
    const page = await stranger.get(authorizationUrl(strict.url, newVerifier()))
    const refused = await stranger.submit(page, { login: 'bertha', password, act: 'sign-in' }, from('198.51.100.9'))
    expect(refused.status).toBe(429)
    await strict.close()
  })

  test('is limited for a browser that has signed in before, too, and its cookie is not that of another login', async () => {
    const strict = await startOAuth({}, 3)
    await strict.register('bertha')
    await strict.register('anna')
    const mine = openBrowser(strict.url)
    await signInWith(mine, authorizationUrl(strict.url, newVerifier()), 'bertha')
    const page = await mine.get(authorizationUrl(strict.url, newVerifier(), { prompt: 'login' }))
    const guess = async (login: string) =>
      (await mine.submit(page, { login, password: 'wrong-password', act: 'sign-in' })).status
    const own = [await guess('bertha'), await guess('bertha'), await guess('bertha'), await guess('bertha')]
    expect(own).toEqual([422, 422, 422, 429])
    const others = [await guess('anna'), await guess('anna'), await guess('anna'), await guess('anna')]
    expect(others.at(-1)).toBe(429)
    await strict.close()
  })

  test('a login that does not exist gets the same answer', async () => {
    const browser = openBrowser(world.url)
    const page = await browser.get(authorizationUrl(world.url, newVerifier()))
    const answer = await browser.submit(page, { login: 'nobody-here', password, act: 'sign-in' })
    expect(answer).toMatchObject({ status: 422, text: expect.stringContaining('Login or password is wrong.') })
  })
})

test('input of users comes back as text, never as HTML', async () => {
  const browser = openBrowser(world.url)
  const page = await browser.get(authorizationUrl(world.url, newVerifier(), { login_hint: '"><script>1</script>' }))
  const answer = await browser.submit(page, { login: `'"><img src=x>`, password: 'x', act: 'sign-in' })
  for (const { text } of [page, answer]) expect(text).not.toMatch(/<script|<img/)
  const bad = await browser.get('/oauth/auth?client_id=%3Cscript%3E1%3C/script%3E')
  expect(bad.text).not.toContain('<script')
})

test('every page forbids scripts, frames, caches and forms that go elsewhere', async () => {
  const browser = openBrowser(world.url)
  const first = await browser.get(authorizationUrl(world.url, newVerifier()))
  const pages = [first, await browser.get('/oauth/device'), await browser.get('/oauth/session/end/success')]
  for (const { headers, text } of pages) {
    const policy = headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toMatch(/form-action 'self'( http:\/\/127\.0\.0\.1:7777)?;/)
    expect(policy).not.toContain('unsafe')
    expect(headers.get('cache-control')).toContain('no-store')
    expect(text).not.toMatch(/<script|style="|onclick|onfocus/)
  }
})

test('pages of a client may ask for tokens, pages of others may not read the answer', async () => {
  const ask = (origin: string) =>
    fetch(`${world.url}/oauth/token`, {
      method: 'POST',
      headers: { origin },
      body: new URLSearchParams({ grant_type: 'refresh_token', client_id: 'backscroll-web', refresh_token: 'x' }),
    })
  const own = await ask('http://localhost:5173')
  expect(own.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
  expect(own.headers.get('access-control-allow-credentials')).toBeNull()
  const other = await ask('https://evil.example')
  expect(other.headers.get('access-control-allow-origin')).toBeNull()
})

test('neither passwords nor tokens nor codes are logged', async () => {
  const verifier = newVerifier()
  const code = await codeOf(verifier, 'mallory')
  const { json } = await redeem(world.url, code, verifier)
  await refresh(world.url, json.refresh_token)
  const log = world.lines.filter((line) => !line.includes('"msg":"incoming request"')).join('\n')
  for (const secret of [password, json.access_token, json.refresh_token, verifier]) expect(log).not.toContain(secret)
})
