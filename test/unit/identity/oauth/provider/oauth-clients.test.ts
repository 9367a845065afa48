import { describe, expect, test } from 'vitest'
import {
  allowsOrigin,
  clientsSchema,
  defaultClients,
  metadataOf,
} from '../../../../../src/identity/oauth/provider/oauth-clients.ts'

const client = { id: 'chat', name: 'Chat', redirectUris: ['https://chat.example.org/callback'] }

test('the default clients are of the form that the file has', () => {
  expect(clientsSchema.parse(defaultClients)).toEqual(defaultClients)
})

test.each([
  'https://chat.example.org/callback',
  'http://127.0.0.1/callback',
  'http://[::1]:8000/',
  'http://localhost/callback',
  'org.example.chat:/callback',
])('%s can be redirected to', (uri) => {
  expect(clientsSchema.safeParse([{ ...client, redirectUris: [uri] }]).success).toBe(true)
})

test.each([
  'http://chat.example.org/callback',
  'https://localhost/callback',
  'https://chat.example.org/*',
  'https://chat.example.org/#x',
  'https://user:pass@chat.example.org/',
  'javascript:alert(1)',
  'data:text/html,x',
  'chat:/callback',
  '/callback',
])('%s cannot', (uri) => {
  expect(clientsSchema.safeParse([{ ...client, redirectUris: [uri] }]).success).toBe(false)
})

test.each([
  ['an id twice', [client, client]],
  ['neither redirects nor the device grant', [{ id: 'x', name: 'X' }]],
  ['a field that does not exist', [{ ...client, secret: 'x' }]],
  ['an id with other characters', [{ ...client, id: 'a b' }]],
])('a list with %s is refused', (_what, list) => {
  expect(clientsSchema.safeParse(list).success).toBe(false)
})

describe('metadata', () => {
  const [cli, web] = defaultClients.map(metadataOf)

  test('all clients are public, without a secret', () => {
    for (const one of [cli, web]) expect(one).toMatchObject({ token_endpoint_auth_method: 'none' })
  })

  test('a client has the grants that it needs and no others', () => {
    expect(cli?.grant_types).toEqual(['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'])
    expect(web?.grant_types).toEqual(['authorization_code', 'refresh_token'])
  })
})

test('pages call the token endpoint from where the client redirects to, and from nowhere else', () => {
  expect(allowsOrigin(client.redirectUris, 'https://chat.example.org')).toBe(true)
  expect(allowsOrigin(['http://localhost/callback'], 'http://localhost:5173')).toBe(true)
  for (const origin of ['https://evil.example', 'http://chat.example.org', 'https://chat.example.org:8443', 'null', ''])
    expect(allowsOrigin(client.redirectUris, origin)).toBe(false)
  expect(allowsOrigin(['org.example.chat:/callback'], 'null')).toBe(false)
})
