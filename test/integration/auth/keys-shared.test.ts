import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readCookieKeys } from '../../../src/identity/tokens/keys/cookie-keys.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'

/** Cookies, public keys, the key that signs, and the one that seals seeds of second factors. */
const files = ['cookies.json', 'jwks.json', 'private.jwk.json', 'sealing.json', 'vapid.json']

const cli = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url))

const createKeys = async (data: string): Promise<string> => {
  const env = { PATH: process.env.PATH, BACKSCROLL_DATA: data }
  return (await promisify(execFile)(process.execPath, [cli, 'keys', 'create'], { env })).stdout.trim()
}

const mountReadOnly = (path: string): (() => void) | undefined => {
  try {
    execFileSync('mount', ['--bind', path, path], { stdio: 'ignore' })
    execFileSync('mount', ['-o', 'remount,bind,ro', path], { stdio: 'ignore' })
    return () => execFileSync('umount', [path])
  } catch {
    return undefined
  }
}

describe('a key directory that several processes share', () => {
  let data: string
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'backscroll-shared-keys-'))
  })
  afterEach(() => rm(data, { recursive: true }))

  test('is filled once by processes that start at the same time, and all of them say the same key', async () => {
    const said = await Promise.all(Array.from({ length: 4 }, () => createKeys(data)))
    expect(new Set(said).size).toBe(1)
    expect((await readdir(join(data, 'keys'))).sort()).toEqual(files)
    const { keys } = JSON.parse(await readFile(join(data, 'keys', 'jwks.json'), 'utf8'))
    expect(said[0]).toContain(keys[0].kid)
  })

  test('stays as it is when it is filled again', async () => {
    const contents = () => Promise.all(files.map((name) => readFile(join(data, 'keys', name))))
    await createKeys(data)
    const before = await contents()
    await createKeys(data)
    expect(await contents()).toEqual(before)
  })

  test('serves processes that may only read it', async (context) => {
    const directory = join(data, 'keys')
    const { kid } = await createLocalKeys(directory)
    const cookies = await readCookieKeys(directory)
    const unmount = mountReadOnly(directory)
    if (unmount === undefined) return context.skip('a read-only mount needs root and the right to mount')
    try {
      expect((await createLocalKeys(directory)).kid).toBe(kid)
      expect(await readCookieKeys(directory)).toEqual(cookies)
    } finally {
      unmount()
    }
  })
})
