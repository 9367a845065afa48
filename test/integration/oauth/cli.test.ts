import { execFile } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const launcher = fileURLToPath(new URL('../../../bin/backscroll.js', import.meta.url))

const run = (args: readonly string[], env: Record<string, string>) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const options = { env: { PATH: process.env.PATH, ...env } }
    execFile(process.execPath, [launcher, ...args], options, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    )
  })

test('keys rotate makes a new key, says which, and keeps the old one published', async () => {
  const data = await mkdtemp(join(tmpdir(), 'backscroll-cli-'))
  const kids = async (): Promise<string[]> =>
    JSON.parse(await readFile(join(data, 'keys', 'jwks.json'), 'utf8')).keys.map(({ kid }: { kid: string }) => kid)
  await run(['token', '-u', 'alice', '-d', 'phone'], { BACKSCROLL_DATA: data })
  const [old] = await kids()
  const { code, out } = await run(['keys', 'rotate', '--keep', '1h'], { BACKSCROLL_DATA: data })
  expect(code).toBe(0)
  expect(await kids()).toEqual([out.split(' ')[0], old])
})

test('access-token without a sign-in says what to do, in a line', async () => {
  const home = await mkdtemp(join(tmpdir(), 'backscroll-cli-'))
  const { code, out, err } = await run(['access-token'], { XDG_CONFIG_HOME: home })
  expect({ code, out }).toEqual({ code: 78, out: '' })
  expect(err).toBe('Not signed in to http://127.0.0.1:8080: run `backscroll login` first.\n')
})
