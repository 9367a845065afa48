import { readFile } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import { clientSchema, clientsSchema } from '../../../../src/identity/oauth/provider/oauth-clients.ts'
import { externalAlgorithms, issuerSchema, issuersSchema } from '../../../../src/identity/tokens/trusted-issuers.ts'

let guide: string
beforeAll(async () => {
  guide = await readFile(new URL('../../../../docs/guide/sign-in.md', import.meta.url), 'utf8')
})

const examples = (kind: string): unknown[] =>
  [...guide.matchAll(new RegExp(`^\`\`\`json ${kind}\\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => JSON.parse(text))

const section = (title: string): string => guide.split(`## ${title}\n`)[1]?.split(/^#/m)[0] ?? ''
const fields = (title: string): (string | undefined)[] =>
  [...section(title).matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)

test('the guide names every field of an issuer, in the order of the schema, and no other', () => {
  expect(fields('Other issuers')).toEqual(Object.keys(issuerSchema.shape))
})

test('the guide tells the true defaults of an issuer', () => {
  const parsed = issuerSchema.parse({ issuer: 'i', audience: 'a', jwksUrl: 'https://id.example/jwks' })
  const told = [...section('Other issuers').matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm)]
  expect(Object.fromEntries(told.map(([, name, value = '']) => [name, JSON.parse(value)]))).toEqual({
    algorithms: parsed.algorithms,
    userId: parsed.userId,
    device: parsed.device,
  })
  for (const algorithm of externalAlgorithms) expect(section('Other issuers')).toContain(`\`${algorithm}\``)
})

test('the examples for Keycloak, Auth0 and Firebase are valid', () => {
  const found = examples('issuers')
  expect(found).toHaveLength(3)
  for (const example of found) issuersSchema.parse(example)
})

test('the guide names every field of a client, and its example is valid', () => {
  expect(fields('Clients')).toEqual(Object.keys(clientSchema.shape))
  const found = examples('clients')
  expect(found).toHaveLength(1)
  for (const example of found) clientsSchema.parse(example)
})
