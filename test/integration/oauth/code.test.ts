import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../../support/oauth/browser.ts'
import { authorizationUrl, getTokens, newVerifier, redeem, refresh, signInWith } from '../../support/oauth/client.ts'
import { type OAuthWorld, startOAuth } from '../../support/oauth/world.ts'

let world: OAuthWorld
let userId: string

beforeAll(async () => {
  world = await startOAuth()
  ;({ userId } = await world.register('alice'))
})
afterAll(() => world.close())

test('signing in gives tokens that the API believes, for the device that was asked for', async () => {
  const verifier = newVerifier()
  const back = await signInWith(openBrowser(world.url), authorizationUrl(world.url, verifier), 'alice')
  expect(back.href).toContain('http://127.0.0.1:7777/callback?')
  expect(Object.fromEntries(back.searchParams)).toMatchObject({ state: 'state-1', iss: `${world.url}/oauth` })
  const { status, json } = await redeem(world.url, back.searchParams.get('code') ?? '', verifier)
  expect({ status, json }).toMatchObject({ status: 200, json: { token_type: 'Bearer', expires_in: 900 } })
  expect(await world.verifier.verify(json.access_token)).toMatchObject({ userId, deviceId: 'laptop', roles: ['user'] })
  expect(decodeJwt(json.id_token)).toMatchObject({ sub: userId, aud: 'backscroll-web', iss: `${world.url}/oauth` })
})

test('a refresh token is used once, gives the next one, and the device stays', async () => {
  const first = await getTokens(world.url, 'alice', { device: 'tablet' })
  const second = await refresh(world.url, first.json.refresh_token)
  expect(second.status).toBe(200)
  expect(second.json.refresh_token).not.toBe(first.json.refresh_token)
  expect(await world.verifier.verify(second.json.access_token)).toMatchObject({ userId, deviceId: 'tablet' })
})
