import { createHash, randomBytes } from 'node:crypto'
import { type Browser, openBrowser } from './browser.ts'
import { password } from './world.ts'

export const redirectUri = 'http://127.0.0.1:7777/callback'
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

export const newVerifier = () => randomBytes(32).toString('base64url')
export const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

/** Where a client sends its user. */
export const authorizationUrl = (url: string, verifier: string, changes: Record<string, string | undefined> = {}) => {
  const params = {
    client_id: 'backscroll-web',
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid messages',
    state: 'state-1',
    device: 'laptop',
    code_challenge: challengeOf(verifier),
    code_challenge_method: 'S256',
    ...changes,
  }
  const given = Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return `${url}/oauth/auth?${new URLSearchParams(given)}`
}

export const post = async (url: string, path: string, fields: Record<string, string>) => {
  const response = await fetch(`${url}/oauth${path}`, { method: 'POST', body: new URLSearchParams(fields) })
  const text = await response.text()
  return { status: response.status, json: text === '' ? undefined : JSON.parse(text), headers: response.headers }
}

/** Signs in with login and password and allows everything: the address at which the client is called back. */
export const signInWith = async (browser: Browser, address: string, login: string): Promise<URL> => {
  const form = await browser.get(address)
  const consent = await browser.submit(form, { login, password, act: 'sign-in' })
  return new URL((await browser.submit(consent, { act: 'consent' })).url)
}

export const redeem = (url: string, code: string, verifier: string, changes: Record<string, string> = {}) =>
  post(url, '/token', {
    grant_type: 'authorization_code',
    client_id: 'backscroll-web',
    redirect_uri: redirectUri,
    code,
    code_verifier: verifier,
    ...changes,
  })

export const refresh = (url: string, refreshToken: string, changes: Record<string, string> = {}) =>
  post(url, '/token', {
    grant_type: 'refresh_token',
    client_id: 'backscroll-web',
    refresh_token: refreshToken,
    ...changes,
  })

/** The whole of it: tokens for one device of a user. */
export const getTokens = async (url: string, login: string, changes: Record<string, string> = {}) => {
  const verifier = newVerifier()
  const back = await signInWith(openBrowser(url), authorizationUrl(url, verifier, changes), login)
  return redeem(url, back.searchParams.get('code') ?? '', verifier)
}

/** Opens the link of a device sign-in, says that the code is the same, signs in, allows. */
export const approveDevice = async (url: string, link: string, login: string): Promise<void> => {
  const browser = openBrowser(url)
  const confirm = await browser.submit(await browser.get(link), {})
  const form = await browser.submit(confirm, { confirm: 'yes' })
  const consent = await browser.submit(form, { login, password, act: 'sign-in' })
  await browser.submit(consent, { act: 'consent' })
}
