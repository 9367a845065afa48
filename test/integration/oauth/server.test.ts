import { on, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startEmbedded } from '../../../src/compose/embedded/start-embedded.ts'
import type { Running } from '../../../src/compose/running.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { startCli } from '../../support/cli/process.ts'
import { getTokens } from '../../support/oauth/client.ts'
import { password } from '../../support/oauth/world.ts'

let directory: string
let server: Running | undefined

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backscroll-server-'))
  server = undefined
})
afterEach(async () => {
  await server?.stop()
  await rm(directory, { recursive: true })
})

const start = async (env: Record<string, string> = {}): Promise<string> => {
  const config = loadConfig({ BACKSCROLL_DATA: join(directory, 'data'), BACKSCROLL_PORT: '0', ...env })
  server = await startEmbedded(config, pino({ level: 'silent' }))
  return server.url
}

const register = (url: string, body: object) =>
  fetch(`${url}/accounts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ password, ...body }),
  })

const issuersFile = async (userId: object, jwksUrl = 'https://id.example/jwks'): Promise<string> => {
  const file = join(directory, 'issuers.json')
  const issuer = { issuer: 'https://id.example', audience: 'chat', jwksUrl, userId }
  await writeFile(file, JSON.stringify([issuer]))
  return file
}

test('the whole server lets people register, sign in, and knows who they are', async () => {
  const url = await start()
  expect((await register(url, { login: 'alice' })).status).toBe(200)
  const { json } = await getTokens(url, 'alice', { device: 'laptop' })
  const answer = await fetch(`${url}/inbox`, { headers: { authorization: `Bearer ${json.access_token}` } })
  // The token is believed; its device is still to be registered.
  expect((await answer.json()).code).toBe('unknown_device')
})

test('there is no authorization server when it is switched off, or when tokens come from elsewhere', async () => {
  const url = await start({ BACKSCROLL_OAUTH: 'off' })
  expect((await fetch(`${url}/oauth/.well-known/openid-configuration`)).status).toBe(404)
  await server?.stop()
  const again = await start({ BACKSCROLL_JWKS_URL: 'https://id.example/jwks' })
  expect((await fetch(`${again}/oauth/.well-known/openid-configuration`)).status).toBe(404)
})

/** An issuer with keys at an address, as Keycloak or Auth0 are. */
const startIssuer = async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }] })
  const http = createServer((_request, response) => void response.end(jwks)).listen(0, '127.0.0.1')
  await once(http, 'listening')
  const jwksUrl = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: 'https://id.example', aud: 'chat', sub: 'alice', iat: now, exp: now + 60 }
  const token = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(privateKey)
  return { jwksUrl, token, close: () => http.close() }
}

test('a token of another issuer is good over REST and WebSocket, with the device that the request says', async () => {
  const issuer = await startIssuer()
  const file = await issuersFile({ prefix: 'acme|' }, issuer.jwksUrl)
  const url = await start({ BACKSCROLL_ISSUERS_FILE: file })
  const authorization = `Bearer ${issuer.token}`
  const inbox = await fetch(`${url}/inbox`, { headers: { authorization, 'backscroll-device': 'phone' } })
  expect(inbox.status).toBe(200)
  expect((await fetch(`${url}/inbox`, { headers: { authorization } })).status).toBe(401)

  const protocols = ['backscroll.v1', `bearer.${issuer.token}`, 'device.phone']
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, protocols)
  const frames = on(socket, 'message')
  await once(socket, 'open')
  await frames.next()
  socket.send(
    JSON.stringify({
      type: 'connect',
      id: 1,
      deviceId: 'phone',
      client: { name: 'test', version: '1', platform: 'node' },
    }),
  )
  const { value: answer } = await frames.next()
  expect(String(answer?.[0])).toContain('acme|alice')
  socket.close()
  issuer.close()
})

test('nobody registers with an id that another issuer may give out', async () => {
  const url = await start({ BACKSCROLL_ISSUERS_FILE: await issuersFile({ prefix: 'acme|' }) })
  const answer = await register(url, { login: 'mallory', userId: 'acme|alice' })
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ code: 'invalid' })
})

test("a registered user cannot choose an id of the operator's tokens and get a role by it", async () => {
  const url = await start()
  expect((await register(url, { login: 'mallory', userId: 'ops' })).status).toBe(400)
  await register(url, { login: 'mallory' })
  const { json } = await getTokens(url, 'mallory', { scope: 'openid messages admin' })
  const mallory: string = decodeJwt(json.access_token).sub ?? ''
  const env = { BACKSCROLL_DATA: join(directory, 'data') }
  const token = (user: string) =>
    startCli(['token', '--user', user, '--device', 'laptop', '--role', 'admin'], env).ended
  expect((await token('ops')).code).toBe(0)
  expect(await token(mallory)).toMatchObject({ code: 78, stdout: '' })
  const after = await getTokens(url, 'mallory', { scope: 'openid messages admin' })
  expect(decodeJwt(after.json.access_token).roles).toEqual(['user'])
})

test('an issuer whose users could have ids like those of local accounts stops the start', async () => {
  const file = await issuersFile({ prefix: '01' })
  await expect(start({ BACKSCROLL_ISSUERS_FILE: file })).rejects.toThrow('userId.prefix')
})

test('an issuer without a prefix beside local accounts stops the start', async () => {
  const file = await issuersFile({})
  await expect(start({ BACKSCROLL_ISSUERS_FILE: file })).rejects.toThrow('userId.prefix')
})

test('a client that has the name of the audience stops the start: its ID tokens would pass for access tokens', async () => {
  const file = join(directory, 'clients.json')
  await writeFile(file, JSON.stringify([{ id: 'backscroll', name: 'Chat', redirectUris: ['https://chat.example/'] }]))
  await expect(start({ BACKSCROLL_OAUTH_CLIENTS_FILE: file })).rejects.toThrow('BACKSCROLL_TOKEN_AUDIENCE')
})
