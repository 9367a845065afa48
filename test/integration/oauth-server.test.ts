import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Embedded, startEmbedded } from '../../src/compose/embedded.ts'
import { loadConfig } from '../../src/config.ts'
import { getTokens } from '../support/oauth-client.ts'
import { password } from '../support/oauth-world.ts'

let directory: string
let server: Embedded | undefined

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

const issuersFile = async (userId: object): Promise<string> => {
  const file = join(directory, 'issuers.json')
  const issuer = { issuer: 'https://id.example', audience: 'chat', jwksUrl: 'https://id.example/jwks', userId }
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

test('nobody registers with an id that another issuer may give out', async () => {
  const url = await start({ BACKSCROLL_ISSUERS_FILE: await issuersFile({ prefix: 'acme|' }) })
  const answer = await register(url, { login: 'mallory', userId: 'acme|alice' })
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ code: 'invalid', details: { field: 'userId' } })
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
