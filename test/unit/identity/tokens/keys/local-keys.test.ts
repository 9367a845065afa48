import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { issueToken } from '../../../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../../../src/identity/tokens/keys/local-keys.ts'

const newDirectory = async () => join(await mkdtemp(join(tmpdir(), 'backscroll-keys-')), 'data', 'keys')
const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

test('the key is made once and found again, readable by its owner alone', async () => {
  const directory = await newDirectory()
  const first = await createLocalKeys(directory)
  const again = await createLocalKeys(directory)
  expect(again.kid).toBe(first.kid)
  expect(await mode(join(directory, 'private.jwk.json'))).toBe('600')
  expect(await mode(directory)).toBe('700')
})

test('the key set holds the public half only', async () => {
  const { jwksFile, kid } = await createLocalKeys(await newDirectory())
  const { keys } = JSON.parse(await readFile(jwksFile, 'utf8'))
  expect(keys).toEqual([{ kty: 'OKP', crv: 'Ed25519', x: expect.any(String), kid, alg: 'EdDSA', use: 'sig' }])
})

test('processes that start at the same time agree on one key', async () => {
  const directory = await newDirectory()
  const all = await Promise.all(Array.from({ length: 8 }, () => createLocalKeys(directory)))
  expect(new Set(all.map(({ kid }) => kid)).size).toBe(1)
})

test('a key set that an operator has extended is left alone', async () => {
  const directory = await newDirectory()
  const { jwksFile } = await createLocalKeys(directory)
  await writeFile(jwksFile, '{"keys":[]}')
  await createLocalKeys(directory)
  expect(await readFile(jwksFile, 'utf8')).toBe('{"keys":[]}')
})

test('no token is issued for ids that the server would refuse', async () => {
  const keys = await createLocalKeys(await newDirectory())
  const by = { keys, issuer: 'a', audience: 'b' }
  await expect(issueToken(by, { user: 'a/b', device: 'phone', ttl: 60 })).rejects.toThrow('valid')
  await expect(issueToken(by, { user: 'a', device: '', ttl: 60 })).rejects.toThrow('valid')
})
