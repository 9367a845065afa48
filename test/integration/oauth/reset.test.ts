import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createWebhookMail } from '../../../src/adapters/webhook/account-mail.ts'
import { issueReset } from '../../../src/identity/accounts/sign-in/issue-reset.ts'
import { openBrowser } from '../../support/oauth/browser.ts'
import { authorizationUrl, getTokens, newVerifier, refresh } from '../../support/oauth/client.ts'
import { type OAuthWorld, password, startOAuth } from '../../support/oauth/world.ts'

let world: OAuthWorld
let userId: string
beforeEach(async () => {
  world = await startOAuth({}, 1000, ['127.0.0.1'])
  userId = (await world.register('alice')).userId
})
afterEach(() => world.close())

const next = 'another horse battery'
const ask = async (login: string, headers: Record<string, string> = {}) => {
  const browser = openBrowser(world.url)
  return browser.submit(await browser.get('/oauth/reset'), { login }, headers)
}
const letters = async (count: number) => {
  for (let tries = 0; tries < 200 && world.letters.length < count; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10))
  return world.letters
}
const codeFor = async (login = 'alice') => {
  const issued = await issueReset(world.store, login, Date.now() + world.clock.ahead)
  return issued?.code ?? ''
}
const open = async (code: string) => {
  const browser = openBrowser(world.url)
  return { browser, page: await browser.get(`/oauth/reset?code=${code}`) }
}
const set = async (code: string, chosen: string) => {
  const { browser, page } = await open(code)
  return browser.submit(page, { password: chosen })
}
const signIn = (login: string, typed: string) => world.accounts.signIn.signIn(login, typed, { address: '192.0.2.1' })

describe('a forgotten password', () => {
  test('is set by a link that comes to the owner; sign-ins of before end, device and keys stay', async () => {
    const before = (await getTokens(world.url, 'alice', { device: 'phone' })).json
    await world.store.provision([{ userId, deviceId: 'phone', at: 1 }])
    expect((await ask('Alice ')).text).toContain('If there is such an account')
    const [letter] = await letters(1)
    expect(letter).toMatchObject({ userId, login: 'alice' })
    world.clock.ahead += 2000
    const done = await set(letter?.code ?? '', next)
    expect([done.status, done.text.includes('The password is set')]).toEqual([200, true])
    expect(await signIn('alice', password)).toEqual({ kind: 'wrong' })
    expect(await signIn('alice', next)).toMatchObject({ kind: 'signed_in', userId })
    expect((await refresh(world.url, before.refresh_token)).json.error).toBe('invalid_grant')
    const { devices } = await world.accounts.standings.fresh(userId)
    expect(devices).toMatchObject([{ deviceId: 'phone', revokedAt: null }])
    expect(world.audit).toContainEqual({ event: 'password_reset', userId })
  })

  test('is asked for in the same words, headers and steps by who has no account', async () => {
    const [known, unknown] = [await ask('alice'), await ask('nobody-here')]
    expect([unknown.status, unknown.text]).toEqual([known.status, known.text])
    await letters(1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(world.letters).toHaveLength(1)
  })

  test('is not asked for without end, for one login or from one network', async () => {
    const statuses: number[] = []
    for (let count = 0; count < 7; count += 1)
      statuses.push((await ask('alice', { 'x-forwarded-for': `198.51.100.${count}` })).status)
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429])
    const others: number[] = []
    for (let count = 0; count < 22; count += 1) others.push((await ask(`login-${count}`)).status)
    expect(others.at(-1)).toBe(429)
  })

  test('is not asked for by a page of another site', async () => {
    expect((await ask('alice', { origin: 'https://evil.example' })).status).toBe(403)
    expect((await ask('alice', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect(world.letters).toEqual([])
  })

  test('a second factor is still asked for after it', async () => {
    const { browser, page } = await open(await codeFor())
    await browser.submit(page, { password: next })
    await world.store.addPasskey(
      { credentialId: 'k', userId, name: null, publicKey: 'x', counter: 0, transports: [], addedAt: 1 },
      5,
      ['c'],
    )
    const other = openBrowser(world.url)
    const form = await other.get(authorizationUrl(world.url, newVerifier()))
    expect((await other.submit(form, { login: 'alice', password: next, act: 'sign-in' })).text).toContain(
      'Confirm that it is you',
    )
  })
})

describe('a link', () => {
  test('is good once, and of two uses at the same time one sets the password', async () => {
    const code = await codeFor()
    const forms = await Promise.all([open(code), open(code), open(code)])
    const answers = await Promise.all(
      forms.map(({ browser, page }, index) => browser.submit(page, { password: `${next} ${index}` })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404])
    expect((await open(code)).page.status).toBe(404)
  })

  test('is opened without being used up, as mail programs do, and expires after half an hour', async () => {
    const code = await codeFor()
    for (let looks = 0; looks < 3; looks += 1) expect((await open(code)).page.status).toBe(200)
    const { browser, page } = await open(code)
    world.clock.ahead += 1_800_001
    expect((await browser.submit(page, { password: next })).status).toBe(404)
  })

  test('stays good when the password that was typed is none, and when another link is asked for', async () => {
    const code = await codeFor()
    await codeFor()
    const short = await set(code, 'short')
    expect([short.status, short.text.includes('must be 8 to 256 characters')]).toEqual([422, true])
    expect((await set(code, next)).status).toBe(200)
  })

  test('ends the other links when it is used', async () => {
    const [one, two] = [await codeFor(), await codeFor()]
    expect((await set(one, next)).status).toBe(200)
    expect((await open(two)).page.status).toBe(404)
  })

  test('is none for who has no password here, is deactivated, or is unknown', async () => {
    await world.store.provision([{ userId: 'external', deviceId: 'd', at: 1 }])
    expect(await codeFor('nobody')).toBe('')
    const code = await codeFor()
    await world.store.change(userId, { status: 'deactivated' })
    expect((await set(code, next)).status).toBe(404)
    expect(await codeFor()).toBe('')
  })

  test('cannot be guessed, made of something odd, or read in the store, the log or a referrer', async () => {
    const code = await codeFor()
    for (const odd of ['x', `${code}x`, code.toUpperCase(), '%00', '../..', 'x'.repeat(43)])
      expect((await openBrowser(world.url).get(`/oauth/reset?code=${encodeURIComponent(odd)}`)).status).toBe(404)
    const { page } = await open(code)
    expect([page.headers.get('referrer-policy'), page.headers.get('cache-control')]).toEqual([
      'same-origin',
      'no-store',
    ])
    expect(world.lines.join('')).not.toContain(code)
    const statuses: number[] = []
    for (let tries = 0; tries < 35; tries += 1) {
      const browser = openBrowser(world.url)
      statuses.push((await browser.submit(page, { code: 'x'.repeat(43), password: next })).status)
    }
    expect([statuses[0], statuses.at(-1)]).toEqual([404, 429])
  })

  test('names the public address, never the host of a request', async () => {
    const answer = await fetch(`${world.url}/oauth/reset`, { headers: { host: 'evil.example' } })
    expect(await answer.text()).not.toContain('evil.example')
  })
})

describe('the webhook', () => {
  const start = async (answers: readonly number[]) => {
    const got: { readonly headers: Record<string, unknown>; readonly body: string }[] = []
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        got.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
        response.writeHead(answers[got.length - 1] ?? 204, { location: 'http://127.0.0.1:9/' }).end()
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mail`
    const mail = createWebhookMail({ url, secret: 's'.repeat(32), now: () => 5_000_000, pauses: [1, 1] })
    return { got, mail, close: () => server.close() }
  }
  const letter = {
    kind: 'password_reset',
    id: 'letter-1',
    userId: 'u',
    login: 'l',
    link: 'https://x/?code=c',
    expiresAt: 9,
  } as const

  test('is told again until it answers, each time signed as the same letter', async () => {
    const { got, mail, close } = await start([500, 503])
    await mail.send(letter)
    expect(got).toHaveLength(3)
    const { headers, body } = got[2] ?? { headers: {}, body: '' }
    expect(JSON.parse(body)).toEqual({
      type: 'password_reset',
      data: { userId: 'u', login: 'l', link: letter.link, expiresAt: 9 },
    })
    const signature = createHmac('sha256', 's'.repeat(32)).update(`letter-1.5000.${body}`).digest('base64')
    expect([headers['webhook-id'], headers['webhook-timestamp'], headers['webhook-signature']]).toEqual([
      'letter-1',
      '5000',
      `v1,${signature}`,
    ])
    close()
  })

  test('that answers with a redirect gets nothing sent on, and what failed says no secret', async () => {
    const { mail, close } = await start([302, 302, 302])
    const error = await mail.send(letter).catch(String)
    expect(error).not.toContain('code=c')
    expect(String(error)).toMatch(/redirect|fetch failed/)
    close()
  })
})
