import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { createTokenVerifier } from '../../../src/identity/tokens/token-verifier.ts'

const launcher = fileURLToPath(new URL('../../../bin/backscroll.js', import.meta.url))
let data: string
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'backscroll-cli-'))
})

const run = (args: readonly string[], env: Record<string, string> = {}) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const options = { env: { PATH: process.env.PATH, BACKSCROLL_DATA: data, ...env } }
    execFile(process.execPath, [launcher, ...args], options, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    )
  })

const verifier = () =>
  createTokenVerifier({
    keys: { file: join(data, 'keys', 'jwks.json') },
    issuer: 'backscroll',
    audience: 'backscroll',
    clockToleranceSeconds: 0,
  })

test('token prints one that the server believes', async () => {
  const { code, out } = await run(['token', '--user', 'alice', '--device', 'phone'])
  expect(code).toBe(0)
  expect(await verifier().verify(out.trim())).toMatchObject({ userId: 'alice', deviceId: 'phone', roles: ['user'] })
})

test('token names the directory in which it has made a key, once', async () => {
  const directory = join(await mkdtemp(join(tmpdir(), 'backscroll-cli-')), 'data')
  const args = ['token', '--user', 'alice', '--device', 'phone']
  const [first, second] = [
    await run(args, { BACKSCROLL_DATA: directory }),
    await run(args, { BACKSCROLL_DATA: directory }),
  ]
  expect(first.err).toContain(`A new signing key was made, because ${directory} had none`)
  expect(first.out.trim().split('.')).toHaveLength(3)
  expect(second.err).not.toContain('signing key')
  expect(second.code).toBe(0)
})

test('token --json says for whom and until when', async () => {
  const { out } = await run(['token', '-u', 'ops', '-d', 'laptop', '--role', 'admin', '--ttl', '15m', '--json'])
  const { token, ...rest } = JSON.parse(out)
  expect(rest).toMatchObject({ user: 'ops', device: 'laptop', roles: ['user', 'admin'] })
  expect((await verifier().verify(token)).expiresAt).toBeLessThanOrEqual(Date.parse(rest.expiresAt))
})

test('mistakes are told in a line, with a way out, and no stack', async () => {
  const wrong = await Promise.all([
    run(['token', '--user', 'a/b', '--device', 'phone']),
    run(['token', '--user', 'alice']),
    run(['token', '--user', 'alice', '--device', 'phone', '--ttl', 'soon']),
    run(['token', '--user', 'alice', '--device', 'phone', '--role', 'root']),
    run(['token', '--user', 'alice', '--device', 'phone'], { BACKSCROLL_PORT: 'x' }),
    run(['token', '--user', 'alice', '--device', 'phone'], { BACKSCROLL_JWKS_FILE: 'keys.json' }),
    run(['nonsense']),
  ])
  for (const { code, out, err } of wrong) {
    expect(code).not.toBe(0)
    expect(out).toBe('')
    expect(err).not.toMatch(/\n\s+at /)
  }
})

test('--help teaches the first steps', async () => {
  const { out } = await run(['--help'])
  for (const text of ['backscroll start', 'backscroll token --user alice --device phone', 'docs/configuration.md'])
    expect(out).toContain(text)
})
