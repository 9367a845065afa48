import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deviceId as asDevice, userId as asUser } from '../../../src/domain/ids.ts'
import { createTestDevice, type TestDevice } from '../../support/accounts/device-keys.ts'
import { signProof } from '../../support/accounts/device-proof.ts'
import { openBrowser } from '../../support/oauth/browser.ts'
import {
  approveDevice,
  authorizationUrl,
  deviceGrant,
  getTokens,
  newVerifier,
  post,
  redirectUri,
  signInWith,
} from '../../support/oauth/client.ts'
import { type OAuthWorld, startOAuth } from '../../support/oauth/world.ts'

describe('the token endpoint and the devices that are registered', () => {
  let world: OAuthWorld
  beforeAll(async () => {
    world = await startOAuth()
  })
  afterAll(() => world.close())

  const ask = async (fields: Record<string, string>, by?: TestDevice, nonce?: string, url = '/oauth/token') => {
    const about = { method: 'POST', url: `${world.url}${url}`, nonce }
    const headers: Record<string, string> = by === undefined ? {} : { dpop: await signProof(by, about) }
    const response = await fetch(`${world.url}/oauth/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ client_id: 'backscroll-web', ...fields }),
    })
    const json = await response.json()
    return { status: response.status, error: json.error, json, nonce: response.headers.get('dpop-nonce') ?? undefined }
  }
  /** As a device does it: with the nonce that the first answer tells. */
  const askAs = async (by: TestDevice, fields: Record<string, string>) => {
    const first = await ask(fields, by)
    return first.error === 'use_dpop_nonce' ? ask(fields, by, first.nonce) : first
  }
  const registered = async (login: string) => {
    const { userId } = await world.register(login)
    const device = createTestDevice(userId, 'phone')
    const actor = { userId: asUser(userId), deviceId: asDevice('phone') }
    await world.accounts.devices.register(actor, device.registration)
    return { userId, device, thief: createTestDevice(userId, 'phone') }
  }
  const codeFor = async (login: string) => {
    const verifier = newVerifier()
    const back = await signInWith(
      openBrowser(world.url),
      authorizationUrl(world.url, verifier, { device: 'phone' }),
      login,
    )
    const code = back.searchParams.get('code') ?? ''
    return { grant_type: 'authorization_code', redirect_uri: redirectUri, code, code_verifier: verifier }
  }

  it('a code is worth nothing without the key of its device, and is not used up by who tries', async () => {
    const { device, thief } = await registered('ann@example.org')
    const code = await codeFor('ann@example.org')
    expect((await ask(code)).error).toBe('invalid_dpop_proof')
    expect((await askAs(thief, code)).error).toBe('invalid_dpop_proof')
    expect((await ask(code, device, undefined, '/inbox')).error).toBe('invalid_dpop_proof')
    expect((await ask(code, device, 'nonsense')).error).toBe('use_dpop_nonce')
    expect((await askAs(device, code)).status).toBe(200)
  })

  it('a refresh token that was stolen is worth nothing, and goes on being worth something to its device', async () => {
    const { device, thief } = await registered('bob@example.org')
    const { json } = await askAs(device, await codeFor('bob@example.org'))
    const stolen = { grant_type: 'refresh_token', refresh_token: json.refresh_token }
    for (const by of [undefined, thief])
      expect((await (by === undefined ? ask(stolen) : askAs(by, stolen))).error).toBe('invalid_dpop_proof')
    const renewed = await askAs(device, stolen)
    expect([renewed.status, renewed.json.refresh_token === json.refresh_token]).toEqual([200, false])
  })

  it('a sign-in from before the registration is bound by it', async () => {
    await world.register('cleo@example.org')
    const { json } = await getTokens(world.url, 'cleo@example.org', { device: 'phone' })
    const userId = JSON.parse(Buffer.from(json.access_token.split('.')[1], 'base64url').toString()).sub as string
    const device = createTestDevice(userId, 'phone')
    const refresh = { grant_type: 'refresh_token', refresh_token: json.refresh_token }
    const early = await ask(refresh)
    expect(early.status).toBe(200)
    await world.accounts.devices.register({ userId: asUser(userId), deviceId: asDevice('phone') }, device.registration)
    const later = { ...refresh, refresh_token: early.json.refresh_token }
    expect((await ask(later)).error).toBe('invalid_dpop_proof')
    expect((await askAs(device, later)).status).toBe(200)
  })

  it('a proof counts once', async () => {
    const { device } = await registered('dan@example.org')
    const code = await codeFor('dan@example.org')
    const { nonce } = await ask(code, device)
    const dpop = await signProof(device, { method: 'POST', url: `${world.url}/oauth/token`, nonce })
    const send = async (fields: Record<string, string>) => {
      const body = new URLSearchParams({ client_id: 'backscroll-web', ...fields })
      const answer = await fetch(`${world.url}/oauth/token`, { method: 'POST', headers: { dpop }, body })
      return answer.json()
    }
    const { refresh_token } = await send(code)
    expect((await send({ grant_type: 'refresh_token', refresh_token })).error).toBe('invalid_dpop_proof')
  })

  it('holds for the code that is typed in elsewhere, too', async () => {
    const { device } = await registered('eve@example.org')
    const client = { client_id: 'backscroll-cli' }
    const { json } = await post(world.url, '/device/auth', { ...client, scope: 'messages', device: 'phone' })
    await approveDevice(world.url, json.verification_uri_complete, 'eve@example.org')
    const fields = { ...client, grant_type: deviceGrant, device_code: json.device_code }
    expect((await ask(fields)).error).toBe('invalid_dpop_proof')
    await sleep(10)
    expect((await askAs(device, fields)).status).toBe(200)
  })
})
