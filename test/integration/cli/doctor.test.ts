import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openEmbeddedDocuments } from '../../../src/adapters/embedded/documents/open-documents.ts'
import { type EmbeddedLog, openEmbeddedLog } from '../../../src/adapters/embedded/log/embedded-log.ts'
import { openAccountsFile } from '../../../src/adapters/sql/database/open-sqlite.ts'
import { startCli } from '../../support/cli/process.ts'
import { temporaryDirectory } from '../../support/event-log/directory.ts'
import { logEvent } from '../../support/event-log/events.ts'

let directory: ReturnType<typeof temporaryDirectory>
let log: EmbeddedLog
beforeEach(async () => {
  directory = temporaryDirectory()
  log = await openEmbeddedLog({ directory: directory.path })
  await log.append('conversation-a', [logEvent('x'), logEvent('y')], 'no_stream')
})
afterEach(async () => {
  await log.close()
  directory.remove()
})

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  startCli(args, { BACKSCROLL_DATA: directory.path, ...env }).ended

const findingsOf = async (env: Readonly<Record<string, string>> = {}) => {
  const { code, stdout } = await run(['doctor', '--json'], env)
  const { findings }: { findings: { check: string; ok: boolean; line: string }[] } = JSON.parse(stdout)
  return { code, wrong: findings.filter(({ ok }) => !ok), findings }
}

const hash = 'a'.repeat(64)

const nameBlob = async () => {
  const documents = await openEmbeddedDocuments({ directory: directory.path })
  await documents.open({ name: 'blobs.v1.0', fields: { hash: 'text' }, indexes: [] })
  const document = { conversationId: 'a', hash, size: 1, revision: 0 }
  const live = JSON.stringify({ blobs: { collection: 'blobs.v1.0', version: 1, position: '2' } })
  await documents.write([{ collection: 'blobs.v1.0', key: `a/${hash}`, revision: 0, document }], {
    ...{ epoch: log.epoch, live },
  })
  await documents.close()
}

test('beside a running server, doctor looks at everything of a sound directory and finds nothing', async () => {
  await (await openAccountsFile({ directory: directory.path })).close()
  const { code, wrong, findings } = await findingsOf()
  expect(wrong).toEqual([])
  expect(code).toBe(0)
  expect(findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining([
      'settings',
      'directory',
      'log',
      'views',
      'blobs',
      'accounts',
      'files',
      'push',
      'disk',
      'clock',
    ]),
  )
})

test('each thing that is wrong is one line that says what mends it', async () => {
  await log.append('conversation-a', [logEvent('z', { at: Date.now() + 3_600_000 })], 1)
  await log.close()
  await nameBlob()
  mkdirSync(join(directory.path, 'keys'), { mode: 0o755 })
  chmodSync(join(directory.path, 'keys'), 0o755)
  writeFileSync(join(directory.path, 'accounts.db'), 'no database at all'.repeat(500), { mode: 0o600 })
  rmSync(join(directory.path, 'events.head'))
  const { code, wrong } = await findingsOf()
  expect(code).toBe(1)
  for (const { line } of wrong) expect(line).not.toContain('\n')
  expect(wrong.map(({ check, line }) => `${check}: ${line}`)).toEqual([
    expect.stringMatching(/^directory: .*keys can be read by other users: chmod 700 /),
    expect.stringMatching(/^log: .*events.head is missing; .*: run `backscroll log repair`/),
    expect.stringMatching(/^blobs: of 1 that events name 1 are missing and 0 damaged: copy/),
    expect.stringMatching(/^accounts: accounts.db is damaged .*: restore/),
    expect.stringMatching(/^clock: the newest event is \d+ minutes ahead of this machine's clock/),
  ])
})

test.skipIf(process.platform === 'win32')(
  'a log that others can read is a note, and closing the directory is enough',
  async () => {
    chmodSync(join(directory.path, 'events.db'), 0o644)
    expect((await findingsOf()).findings).not.toContainEqual(expect.objectContaining({ warning: true }))
    chmodSync(directory.path, 0o755)
    const { code, stdout } = await run(['doctor'])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^note {2}directory: other users .*: chmod 700 /m)])
  },
)

test('each bad setting is a finding of its own, in one line without stray spaces', async () => {
  const { code, wrong } = await findingsOf({ BACKSCROLL_PORT: 'x', BACKSCROLL_PROT: '1' })
  expect(code).toBe(1)
  expect(wrong.map(({ check, line }) => `${check}: ${line}`)).toEqual([
    'settings: BACKSCROLL_PROT: there is no such setting; did you mean BACKSCROLL_PORT?',
    'settings: BACKSCROLL_PORT: must be a whole number from 0 to 65535',
  ])
})

test('a data directory that does not exist is told as such: the first start creates it, or cannot', async () => {
  const missing = join(directory.path, 'not', 'there')
  const found = await findingsOf({ BACKSCROLL_DATA: missing })
  expect([found.code, found.wrong]).toEqual([0, []])
  expect(found.findings[1]?.line).toMatch(`${missing} does not exist: the first start creates it`)
  const file = join(directory.path, 'a-file')
  writeFileSync(file, '')
  const { code, wrong } = await findingsOf({ BACKSCROLL_DATA: join(file, 'data') })
  expect([code, wrong.map(({ line }) => line)]).toEqual([
    1,
    [expect.stringMatching(`does not exist and cannot be created: ${file} is not a directory`)],
  ])
})

test('log verify looks beside a running server; log repair does not work beside one', async () => {
  expect(await run(['log', 'verify'])).toMatchObject({ code: 0, stdout: 'The event log is whole: 2 events.\n' })
  const repair = await run(['log', 'repair'])
  expect(repair).toMatchObject({ code: 78, stdout: '' })
  expect(repair.stderr).toContain('Another Backscroll process is using')
})

test('log repair records the end of a whole log again, and gives nothing up unless it is told to', async () => {
  await log.close()
  rmSync(join(directory.path, 'events.head'))
  expect(await run(['log', 'verify'])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('events.head is missing'),
  })
  expect(await run(['log', 'repair'])).toMatchObject({ code: 0, stdout: expect.stringContaining('recorded again') })
  writeFileSync(join(directory.path, 'events.db'), '')
  const refused = await run(['log', 'repair', '--json'])
  expect([refused.code, JSON.parse(refused.stdout).outcome]).toEqual([1, 'refused'])
  const mended = await run(['log', 'repair', '--accept-loss', '--json'])
  expect([mended.code, JSON.parse(mended.stdout)]).toMatchObject([
    0,
    { outcome: 'mended', salvaged: { kept: 0, lost: 2 } },
  ])
  expect(await run(['log', 'verify'])).toMatchObject({ code: 0 })
})

test('a cluster is told that its log is elsewhere', async () => {
  const { code, stderr } = await run(['log', 'verify'], { BACKSCROLL_PROFILE: 'cluster' })
  expect(code).toBe(78)
  expect(stderr).not.toContain(' at ')
})
