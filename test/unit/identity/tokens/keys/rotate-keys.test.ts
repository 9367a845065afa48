import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { issueToken } from '../../../../../src/identity/tokens/issue-token.ts'
import { readCookieKeys } from '../../../../../src/identity/tokens/keys/cookie-keys.ts'
import { createLocalKeys } from '../../../../../src/identity/tokens/keys/local-keys.ts'
import { rotateKeys } from '../../../../../src/identity/tokens/keys/rotate-keys.ts'
import { createTokenVerifier } from '../../../../../src/identity/tokens/token-verifier.ts'

const names = { issuer: 'backscroll', audience: 'backscroll' }
const day = 86_400_000

const newDirectory = () => mkdtemp(join(tmpdir(), 'backscroll-rotate-'))
const tokenOf = async (directory: string) =>
  issueToken({ keys: await createLocalKeys(directory), ...names }, { user: 'alice', device: 'phone', ttl: 3600 })
const verifierOf = (directory: string, clock = { now: Date.now() }) =>
  createTokenVerifier({
    ...names,
    keys: { file: join(directory, 'jwks.json') },
    clockToleranceSeconds: 0,
    cacheMs: 0,
    now: () => clock.now,
  })
const published = async (directory: string): Promise<string[]> =>
  JSON.parse(await readFile(join(directory, 'jwks.json'), 'utf8')).keys.map(({ kid }: { kid: string }) => kid)

test('tokens of the old key and of the new one are good after a rotation, for a server that was running', async () => {
  const directory = await newDirectory()
  const old = await tokenOf(directory)
  const clock = { now: Date.now() }
  const verifier = verifierOf(directory, clock)
  await verifier.verify(old)
  const { kid, retiredKid } = await rotateKeys(directory, day, Date.now())
  const young = await tokenOf(directory)
  clock.now += 1001
  await verifier.verify(young)
  await verifier.verify(old)
  expect(await published(directory)).toEqual([kid, retiredKid])
})

test('a key is withdrawn with the first rotation after its time, and its tokens with it', async () => {
  const directory = await newDirectory()
  const old = await tokenOf(directory)
  const first = await rotateKeys(directory, day, 0)
  const second = await rotateKeys(directory, day, day - 1)
  expect(second.withdrawn).toBe(0)
  const third = await rotateKeys(directory, day, day + 1)
  expect(third.withdrawn).toBe(1)
  expect(await published(directory)).toEqual([third.kid, second.kid, first.kid])
  await expect(verifierOf(directory).verify(old)).rejects.toMatchObject({ code: 'unauthenticated' })
})

test('the private half of the old key is gone, and what is left is for its owner alone', async () => {
  const directory = await newDirectory()
  await tokenOf(directory)
  const before = JSON.parse(await readFile(join(directory, 'private.jwk.json'), 'utf8'))
  await readCookieKeys(directory)
  await rotateKeys(directory, day, Date.now())
  for (const name of await readdir(directory)) {
    expect(await readFile(join(directory, name), 'utf8')).not.toContain(before.d)
    expect(((await stat(join(directory, name))).mode & 0o077).toString(8)).toBe('0')
  }
})

test('processes that start at the same time agree on one cookie key', async () => {
  const directory = await newDirectory()
  const all = await Promise.all(Array.from({ length: 8 }, () => readCookieKeys(directory)))
  expect(new Set(all.map(([key]) => key)).size).toBe(1)
  expect(all[0]?.[0]?.length).toBeGreaterThanOrEqual(43)
})
