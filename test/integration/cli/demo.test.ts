import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'

const demo = fileURLToPath(new URL('../../../examples/demo.ts', import.meta.url))

let data: string
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'backscroll-demo-'))
  await createLocalKeys(join(data, 'keys'))
})
afterAll(() => rm(data, { recursive: true, force: true }))

const run = (args: readonly string[], directory = data) =>
  new Promise<{ readonly code: number; readonly err: string }>((resolve) => {
    const env = { PATH: process.env.PATH, BACKSCROLL_DATA: directory, NODE_NO_WARNINGS: '1' }
    execFile(process.execPath, [demo, ...args], { env }, (error, _out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, err }),
    )
  })

test.each([
  [
    ['--url', 'http://127.0.0.1:1'],
    78,
    /^No server answers at http:\/\/127\.0\.0\.1:1 \(\w.*\): start one with `npm start`/,
  ],
  [['--url', 'nonsense'], 2, /^--url nonsense is no URL/],
  [['--urls', 'http://127.0.0.1:1'], 2, /^Unknown option '--urls'/],
])('%j ends the demo with one line and exit code %i', async (args, code, line) => {
  const ended = await run(args)
  expect(ended.err).toMatch(line)
  expect(ended.err).toMatch(/^[^\n]+\n$/)
  expect(ended.code).toBe(code)
})

const chat = fileURLToPath(new URL('../../../examples/chat.ts', import.meta.url))

test.each([
  ['the demo', demo, /--url <url>/],
  ['the chat', chat, /--user <id>/],
])('%s shows its options, and ends with one line where there is no such option', async (_, program, option) => {
  const env = { PATH: process.env.PATH, NODE_NO_WARNINGS: '1' }
  const call = (arg: string) => spawnSync(process.execPath, [program, arg], { env, encoding: 'utf8' })
  expect(call('--help')).toMatchObject({ status: 0, stdout: expect.stringMatching(option), stderr: '' })
  expect(call('--foo')).toMatchObject({ status: 2, stderr: expect.stringMatching(/^Unknown option '--foo'[^\n]*\n$/) })
})

test('a data directory without keys ends the demo with one line that names it', async () => {
  const { code, err } = await run(['--url', 'http://127.0.0.1:1'], join(data, 'none'))
  expect(err).toBe(`No keys in ${join(data, 'none', 'keys')}: BACKSCROLL_DATA names the server's data directory\n`)
  expect(code).toBe(78)
})
