import { Secret, TOTP } from 'otpauth'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { userId as asUserId, deviceId } from '../../../src/domain/ids.ts'
import { createAuthenticator } from '../../support/accounts/passkey-authenticator.ts'
import { type Browser, formAction, hiddenFields, openBrowser, type Page } from '../../support/oauth/browser.ts'
import { authorizationUrl, newVerifier, redeem } from '../../support/oauth/client.ts'
import { type OAuthWorld, password, startOAuth } from '../../support/oauth/world.ts'

let world: OAuthWorld
beforeAll(async () => {
  world = await startOAuth({}, 1000, ['127.0.0.1'], 'localhost')
})
afterAll(() => world.close())
afterEach(() => {
  world.clock.ahead = 0
})

const actorOf = (id: string) => ({ userId: asUserId(id), deviceId: deviceId('laptop') })
const later = (seconds: number) => {
  world.clock.ahead += seconds * 1000
}

const withApp = async (login: string) => {
  const { userId } = await world.register(login)
  const { secret } = await world.accounts.secondFactors.offerTotp(actorOf(userId), password)
  const totp = new TOTP({ secret: Secret.fromBase32(secret) })
  const code = () => totp.generate({ timestamp: Date.now() + world.clock.ahead })
  const { recoveryCodes } = await world.accounts.secondFactors.confirmTotp(actorOf(userId), code())
  return { userId, code, recoveryCodes }
}

const withPasskey = async (login: string, changes: { verifies?: boolean; counts?: boolean } = {}) => {
  const { userId } = await world.register(login)
  const authenticator = createAuthenticator({ origin: world.url, ...changes })
  const options = await world.accounts.passkeys.offer(actorOf(userId), password)
  const answer = authenticator.create(options)
  const { transports, ...response } = answer.response
  const sent = { ...answer, response: { ...response, transports: [...transports] }, clientExtensionResults: {} }
  await world.accounts.passkeys.add(actorOf(userId), sent, 'key')
  return { userId, authenticator }
}

const begin = async (browser: Browser, verifier = newVerifier()) => browser.get(authorizationUrl(world.url, verifier))
const afterPassword = async (browser: Browser, login: string, verifier = newVerifier()) =>
  browser.submit(await begin(browser, verifier), { login, password, act: 'sign-in' })

/** What the page's script reads out of the page, and sends. */
const optionsOf = ({ text }: Page) =>
  JSON.parse((/data-passkey="([^"]*)"/.exec(text)?.[1] ?? '').replaceAll('&quot;', '"')) as {
    challenge: string
    rpId: string
    userVerification: string
    allowCredentials: { id: string }[]
  }
const sendPasskey = (browser: Browser, page: Page, answer: object) =>
  browser.submit(page, { act: 'passkey', credential: JSON.stringify(answer) })

describe('a code after the password', () => {
  test('signs in, and the password alone does not', async () => {
    const { code, userId } = await withApp('anna')
    later(60)
    const browser = openBrowser(world.url)
    const verifier = newVerifier()
    const page = await afterPassword(browser, 'anna', verifier)
    expect(page.text).toContain('Confirm that it is you')
    expect(page.text).not.toContain('Allow')
    const wrong = await browser.submit(page, { act: 'code', code: '000000' })
    expect([wrong.status, wrong.text.includes('This code is wrong')]).toEqual([422, true])
    const consent = await browser.submit(wrong, { act: 'code', code: code() })
    const back = await browser.submit(consent, { act: 'consent' })
    const { json } = await redeem(world.url, new URL(back.url).searchParams.get('code') ?? '', verifier)
    expect(await world.verifier.verify(json.access_token)).toMatchObject({ userId })
  })

  test('is not gone round: by another step, an address, or the steps of another browser', async () => {
    const { code } = await withApp('berta')
    later(60)
    const browser = openBrowser(world.url)
    const first = await begin(browser)
    expect((await browser.submit(first, { act: 'code', code: code() })).text).toContain('type="password"')
    const page = await browser.submit(first, { login: 'berta', password, act: 'sign-in' })
    expect((await browser.submit(page, { act: 'consent' })).status).toBe(403)
    expect((await browser.get(page.url)).text).toContain('Confirm that it is you')
    const other = openBrowser(world.url)
    expect((await other.submit(page, { act: 'code', code: code() })).status).toBe(404)
    const forged = await browser.submit(page, { act: 'code', code: code(), csrf: 'x' })
    expect(forged.status).toBe(403)
    const elsewhere = await browser.submit(page, { act: 'code', code: code() }, { origin: 'https://evil.example' })
    expect(elsewhere.status).toBe(403)
    const resumed = await browser.get(page.url.replace('/interaction/', '/auth/'))
    expect(resumed.text).not.toContain('Allow')
  })

  test('is asked for within ten minutes, and not after the password was changed', async () => {
    const { code, userId } = await withApp('clara')
    later(60)
    const browser = openBrowser(world.url)
    const late = await afterPassword(browser, 'clara')
    later(601)
    expect((await browser.submit(late, { act: 'code', code: code() })).text).toContain('This took too long')
    const page = await afterPassword(browser, 'clara')
    later(1)
    await world.store.change(userId, { tokensFrom: Date.now() + world.clock.ahead })
    world.accounts.standings.forget(userId)
    expect((await browser.submit(page, { act: 'code', code: code() })).text).toContain('This took too long')
  })

  test('can be a recovery code, once', async () => {
    const { recoveryCodes } = await withApp('dora')
    const enter = async () => {
      const browser = openBrowser(world.url)
      return browser.submit(await afterPassword(browser, 'dora'), { act: 'code', code: recoveryCodes[0] ?? '' })
    }
    expect((await enter()).text).toContain('Allow')
    expect((await enter()).status).toBe(422)
  })

  test('can be guessed only a few times, even with the password, and starting over gives no more attempts', async () => {
    await withApp('emma')
    const statuses: number[] = []
    const from = { 'x-forwarded-for': '203.0.113.9' }
    for (let tries = 0; tries < 8; tries += 1) {
      const browser = openBrowser(world.url)
      const page = await afterPassword(browser, 'emma')
      statuses.push((await browser.submit(page, { act: 'code', code: '111111' }, from)).status)
    }
    expect([statuses[0], statuses.at(-1)]).toEqual([422, 429])
  })

  test('one can go back and sign in as somebody else', async () => {
    await withApp('frida')
    const browser = openBrowser(world.url)
    const page = await browser.submit(await afterPassword(browser, 'frida'), { act: 'restart' })
    expect(page.text).toContain('type="password"')
    expect((await browser.get(page.url)).text).toContain('type="password"')
  })
})

describe('a passkey', () => {
  test('signs in alone, and the person has shown themselves to it', async () => {
    const { authenticator, userId } = await withPasskey('grete')
    const browser = openBrowser(world.url)
    const verifier = newVerifier()
    const page = await begin(browser, verifier)
    const options = optionsOf(page)
    expect([options.rpId, options.userVerification, options.allowCredentials]).toEqual(['localhost', 'required', []])
    const consent = await sendPasskey(browser, page, authenticator.get(options))
    const back = await browser.submit(consent, { act: 'consent' })
    const { json } = await redeem(world.url, new URL(back.url).searchParams.get('code') ?? '', verifier)
    expect(await world.verifier.verify(json.access_token)).toMatchObject({ userId })
  })

  test('is a second factor after the password, for its owner alone', async () => {
    const { authenticator } = await withPasskey('hanna', { verifies: false, counts: false })
    const { authenticator: others } = await withPasskey('mallory')
    const browser = openBrowser(world.url)
    const page = await afterPassword(browser, 'hanna')
    const options = optionsOf(page)
    expect(options.allowCredentials.map(({ id }) => id)).toEqual([authenticator.id])
    expect((await sendPasskey(browser, page, others.get(options))).status).toBe(422)
    expect((await sendPasskey(browser, page, authenticator.get(options))).text).toContain('Allow')
  })

  test('alone is not enough when the person has shown nothing to it', async () => {
    const { authenticator } = await withPasskey('ida', { verifies: false })
    const browser = openBrowser(world.url)
    const page = await begin(browser)
    const refused = await sendPasskey(browser, page, authenticator.get(optionsOf(page)))
    expect([refused.status, refused.text.includes('This passkey does not belong')]).toEqual([422, true])
  })

  test('answers one question: not that of another sign-in, another time, another origin, or with a count of before', async () => {
    const { authenticator } = await withPasskey('jana')
    const refused = async (browser: Browser, page: Page, answer: object) =>
      expect((await sendPasskey(browser, page, answer)).status).toBe(422)
    const [mine, thiefs] = [openBrowser(world.url), openBrowser(world.url)]
    const [own, foreign] = [await begin(mine), await begin(thiefs)]
    await refused(thiefs, foreign, authenticator.get(optionsOf(own)))
    await refused(mine, own, { ...authenticator.get(optionsOf(own)), id: 'AAAA' })
    await refused(
      mine,
      own,
      authenticator.get(optionsOf(own), { userHandle: Buffer.from('somebody').toString('base64url') }),
    )
    await refused(mine, own, authenticator.get({ ...optionsOf(own), rpId: 'evil.example' }))
    await refused(mine, own, { id: 'x', response: {} })
    const used = authenticator.get(optionsOf(own))
    expect((await sendPasskey(mine, own, used)).text).toContain('Allow')
    const again = await sendPasskey(mine, own, used)
    expect([403, 404]).toContain(again.status)
    const next = await begin(openBrowser(world.url))
    expect(next.status).toBe(200)
    const third = openBrowser(world.url)
    const page = await begin(third)
    await refused(third, page, authenticator.get(optionsOf(page), { counter: 1 }))
  })

  test('lets nobody into an account that is closed', async () => {
    const { authenticator, userId } = await withPasskey('karin')
    await world.store.change(userId, { status: 'deactivated' })
    const browser = openBrowser(world.url)
    const page = await begin(browser)
    expect((await sendPasskey(browser, page, authenticator.get(optionsOf(page)))).text).toContain('deactivated')
  })

  test('needs a script, which is this server’s own and the only one', async () => {
    const page = await begin(openBrowser(world.url))
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self';")
    expect(page.text.match(/<script/g)).toHaveLength(1)
    expect(page.text).not.toMatch(/ on[a-z]+=/)
    const script = await fetch(`${world.url}/oauth/passkey.js`)
    expect([script.status, script.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8'])
    expect(await script.text()).toContain('navigator.credentials.get')
    // Without it the form is hidden, and everything else works.
    expect(formAction(page)).toContain('/oauth/interaction/')
    expect(Object.keys(hiddenFields(page))).toContain('csrf')
  })
})

test('a browser’s session is another one after signing in: one that an attacker has put there is worth nothing', async () => {
  await world.register('lena')
  const browser = openBrowser(world.url)
  const form = await begin(browser)
  const before = new Map(browser.jar)
  const consent = await browser.submit(form, { login: 'lena', password, act: 'sign-in' })
  await browser.submit(consent, { act: 'consent' })
  const session = (jar: ReadonlyMap<string, { readonly value: string }>) =>
    [...jar].find(([name]) => name.startsWith('backscroll_session '))?.[1].value
  expect(session(browser.jar)).toBeDefined()
  expect(session(browser.jar)).not.toBe(session(before))
})
