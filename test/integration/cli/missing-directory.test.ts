import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accountsTrouble } from '../../../src/adapters/sql/database/read-accounts-file.ts'
import { type CliEnd, startCli } from '../../support/cli/process.ts'
import { type CliWorld, openCliWorld } from '../../support/cli/world.ts'
import { temporaryDirectory } from '../../support/event-log/directory.ts'

/**
 * A wrong BACKSCROLL_DATA is reported in one line, and nothing is created that would look like a server's
 * directory.
 */

let place: ReturnType<typeof temporaryDirectory>
beforeEach(() => {
  place = temporaryDirectory()
})
afterEach(() => place.remove())

const run = (directory: string, args: string, env: Readonly<Record<string, string>> = {}): Promise<CliEnd> =>
  startCli(args.split(' '), { BACKSCROLL_DATA: directory, BACKSCROLL_PORT: '1', ...env }).ended

const askers = [
  'admin audit',
  'views list',
  'views rebuild',
  'views retry conversation-a',
  'reactions list',
  'reactions retry remove-devices user-a',
]
const ofAccounts = [
  'accounts devices --user bob',
  'accounts revoke-device phone --user bob',
  'accounts reset-link --login bob',
  'accounts reset-second-factor --login bob',
]
const ofLog = ['log verify', 'log repair', 'renew-epoch']

describe('a data directory that does not exist', { timeout: 120_000 }, () => {
  it.for([...askers, ...ofAccounts, ...ofLog, 'keys rotate'])('is told by `%s`, and is not made', async (args) => {
    const missing = join(place.path, 'dta')
    expect(await run(missing, args)).toEqual({
      code: 78,
      stdout: '',
      stderr: `There is no data directory at ${missing}: check BACKSCROLL_DATA\n`,
    })
    expect(existsSync(missing)).toBe(false)
  })
})

describe('a directory of something else', { timeout: 120_000 }, () => {
  it.for([
    ...[...askers, 'keys rotate'].map((args) => [args, 'signing key'] as const),
    ...ofAccounts.map((args) => [args, 'accounts.db'] as const),
  ])('is told by `%s`, and stays empty', async ([args, lacking]) => {
    const { code, stderr } = await run(place.path, args)
    expect([code, stderr]).toEqual([78, `${place.path} has no ${lacking}: check BACKSCROLL_DATA\n`])
    expect(readdirSync(place.path)).toEqual([])
  })
})

const isRoot = process.getuid?.() === 0

describe('accounts of another system user', () => {
  it.skipIf(!isRoot)('are not open to this one, which the line says', async () => {
    chmodSync(place.path, 0o755)
    writeFileSync(join(place.path, 'accounts.db'), '', { mode: 0o600 })
    const { code, stderr } = await startCli(
      ['accounts', 'devices', '--user', 'bob'],
      { BACKSCROLL_DATA: place.path },
      { uid: 65_534 },
    ).ended
    const way = 'is not open to this user: give it to the user that runs the server (chown), or name another one'
    expect([code, stderr]).toEqual([78, `${join(place.path, 'accounts.db')} ${way}\n`])
  })

  it('that are no database are named as damaged', async () => {
    writeFileSync(join(place.path, 'accounts.db'), 'no database at all'.repeat(500))
    const { code, stderr } = await run(place.path, 'accounts devices --user bob')
    expect([code, stderr]).toEqual([
      78,
      `Cannot open ${join(place.path, 'accounts.db')}: it is damaged, or no accounts database\n`,
    ])
  })
})

describe('a server that is not the one of the directory', { timeout: 120_000 }, () => {
  let world: CliWorld<'alice'>
  beforeAll(async () => {
    world = await openCliWorld(['alice'])
  })
  afterAll(() => world.server.discard())

  it('does not know its key, which the line says with both', async () => {
    const other = join(place.path, 'other')
    mkdirSync(other)
    await startCli(['token', '--user', 'alice', '--device', 'phone'], { BACKSCROLL_DATA: other }).ended
    expect(accountsTrouble(other)).toBeUndefined()
    for (const args of ['admin audit', 'views list', 'reactions list']) {
      const { code, stderr } = await run(other, `${args} --server ${world.server.url}`)
      const line = `The server at ${world.server.url} does not know the key of ${other}: is BACKSCROLL_DATA the server's?\n`
      expect([code, stderr]).toEqual([78, line])
    }
  })

  const listening = async <Some extends Server>(server: Some): Promise<string> => {
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it.for([
    ['pages', () => createHttpServer((_, response) => void response.writeHead(404).end('<h1>Not here</h1>'))],
    ['other JSON', () => createHttpServer((_, response) => void response.end('{"jsonrpc":"2.0"}'))],
    ['no HTTP', () => createServer((socket) => void socket.once('data', () => socket.end('SSH-2.0\r\n')))],
    ['nothing', () => createServer((socket) => void socket.once('data', () => socket.end()))],
  ] as const)('is named where it answers %s', async ([, create]) => {
    const server = create()
    const url = await listening(server)
    const { code, stderr } = await run(world.server.directory, `views list --server ${url}`)
    server.close()
    expect([code, stderr]).toEqual([
      78,
      `What answers at ${url} is no Backscroll server: check --server, or BACKSCROLL_PORT\n`,
    ])
  })
})
