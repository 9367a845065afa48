import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it, test, vi } from 'vitest'
import { settings } from '../../../src/config/config-settings.ts'

/** A mistake of the person who runs the server is one line that says what to do, soon, and exit code 78. */

const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))
const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BACKSCROLL_')))

interface End {
  readonly code: number | null
  /** On standard error. */
  readonly said: string
  readonly log: string
}

interface StartOptions {
  readonly env: Readonly<Record<string, string>>
  readonly uid?: number
}

/** Nothing of this is a start that goes well: one that does not end is killed, and found by its code. */
const patienceMs = 60_000
vi.setConfig({ testTimeout: 2 * patienceMs })

const start = async ({ env, uid }: StartOptions): Promise<End> => {
  const child = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...inherited, NODE_NO_WARNINGS: '1', BACKSCROLL_PORT: '0', ...env },
    timeout: patienceMs,
    killSignal: 'SIGKILL',
    ...(uid !== undefined && { uid, gid: uid }),
  })
  const [said, log] = await Promise.all([text(child.stderr), text(child.stdout), once(child, 'exit')])
  return { code: child.exitCode, said, log }
}

const expectOneLine = ({ code, said }: End, line: RegExp): void => {
  expect(said).toMatch(line)
  expect(said).toMatch(/^[^\n]+\n$/)
  expect(code).toBe(78)
}

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backscroll-mistakes-'))
  await chmod(directory, 0o755)
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const nobody = 65_534
const isRoot = process.getuid?.() === 0

const mountAt = (path: string, options: string): (() => void) | undefined => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'ignore' })
    return () => execFileSync('umount', [path])
  } catch {
    return undefined
  }
}

test('native modules that were built for another Node name the way out', async () => {
  const message = 'The module was compiled against a different Node.js version using NODE_MODULE_VERSION 115.'
  const broken = `process.dlopen = () => { throw Object.assign(new Error('${message}'), { code: 'ERR_DLOPEN_FAILED' }) }`
  const env = {
    BACKSCROLL_DATA: join(directory, 'native'),
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(broken)}`,
  }
  expectOneLine(await start({ env }), /was built for another Node\. Run `npm ci` in the directory of Backscroll/)
})

describe('a data directory', () => {
  const refused = async (path: string, line: RegExp, options: { readonly uid?: number } = {}): Promise<void> =>
    expectOneLine(await start({ env: { BACKSCROLL_DATA: path }, ...options }), line)

  it.runIf(process.platform === 'linux')('is refused below a directory that takes none, such as /proc', async () => {
    await refused('/proc/x', /^BACKSCROLL_DATA: \/proc\/x cannot be made there: check the path$/m)
    await refused('/proc/x/y', /^BACKSCROLL_DATA: \/proc\/x\/y cannot be made there: check the path$/m)
  })

  it('is refused when it is a file, or below one', async () => {
    const path = join(directory, 'file')
    await writeFile(path, '')
    await refused(path, /^BACKSCROLL_DATA: .*file is not a directory: check the path$/m)
    await refused(join(path, 'data'), /^BACKSCROLL_DATA: .* is not a directory: check the path$/m)
  })

  it("is refused when it is somebody else's", async () => {
    const path = join(directory, 'closed')
    await mkdir(path)
    await chmod(path, 0o500)
    const line =
      /^BACKSCROLL_DATA: .*closed is not open to this user: give it to the user that runs the server \(chown\)/m
    await refused(path, line, isRoot ? { uid: nobody } : {})
  })

  it("is refused when its files are somebody else's", async (context) => {
    if (!isRoot) return context.skip('only root can give files to somebody else')
    const path = join(directory, 'mixed')
    await mkdir(path)
    await chown(path, nobody, nobody)
    await writeFile(join(path, 'events.db'), '', { mode: 0o600 })
    await refused(path, /events\.db is not open to this user: give it/, { uid: nobody })
    await rm(join(path, 'events.db'))
    await mkdir(join(path, 'keys'), { mode: 0o700 })
    await refused(path, /keys.* is not open to this user: give it/, { uid: nobody })
  })

  it.for([
    ['ro', /is on a file system that is read-only: mount it writable, or name another one/],
    ['size=4k', /is on a full disk: make room/],
  ] as const)('is refused on a file system that is mounted with %s', async ([options, line], context) => {
    const path = join(directory, 'mounted')
    await mkdir(path, { recursive: true })
    const unmount = mountAt(path, options)
    if (unmount === undefined) return context.skip('this needs root and the right to mount')
    try {
      await refused(path, line)
    } finally {
      unmount()
    }
  })

  it('is refused when a newer version wrote it', async () => {
    const path = join(directory, 'newer')
    await mkdir(path)
    const file = new Database(join(path, 'events.db'))
    file.exec('CREATE TABLE events (position INTEGER)')
    file.pragma('user_version = 99')
    file.close()
    await refused(
      path,
      /was written by a newer version of Backscroll \(format 99, .*: start that version, or choose another/,
    )
  })
})

describe('an address', () => {
  const on = (env: Readonly<Record<string, string>>): Promise<End> =>
    start({ env: { BACKSCROLL_DATA: join(directory, 'data'), ...env } })

  it('is refused that another program listens on', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const port = String((other.address() as { port: number }).port)
    expectOneLine(await on({ BACKSCROLL_PORT: port }), /^BACKSCROLL_PORT: another program listens on 127\.0\.0\.1:\d+/)
    other.close()
  })

  it('is refused that is not of this machine', async () => {
    expectOneLine(
      await on({ BACKSCROLL_HOST: '192.0.2.1' }),
      /^BACKSCROLL_HOST: 192\.0\.2\.1 is no address of this machine/,
    )
  })

  it('is refused that nobody knows', async () => {
    expectOneLine(
      await on({ BACKSCROLL_HOST: 'nowhere.invalid' }),
      /^BACKSCROLL_HOST: nobody knows an address of the name/,
    )
  })
})

describe('engines of a cluster', () => {
  let silent: Server
  let hole: string
  beforeAll(async () => {
    // Takes connections, and never says a word.
    silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    hole = `127.0.0.1:${(silent.address() as { port: number }).port}`
  })
  afterAll(() => void silent.close())

  const urls = (place: string) => ({
    BACKSCROLL_PROFILE: 'cluster',
    BACKSCROLL_DATA: join(directory, 'cluster'),
    BACKSCROLL_KURRENTDB_URL: `esdb://${place}?tls=false`,
    BACKSCROLL_KAFKA_BROKERS: place,
    BACKSCROLL_MONGODB_URL: `mongodb://${place}/`,
    BACKSCROLL_REDIS_URL: `redis://${place}`,
    BACKSCROLL_POSTGRES_URL: `postgres://user:secret@${place}/backscroll`,
    BACKSCROLL_S3_URL: `http://key:secret@${place}/bucket`,
  })

  it('that refuse connections are named with their address and setting', async () => {
    const end = await start({ env: urls('127.0.0.1:1') })
    expectOneLine(end, /^BACKSCROLL_POSTGRES_URL: no PostgreSQL server takes connections at 127\.0\.0\.1:1 /)
    expect(end.said).not.toContain('secret')
  })

  it('that do not answer are named while somebody waits, and given up', async () => {
    const end = await start({ env: urls(hole) })
    expect(end.log).toContain(`s: connecting to PostgreSQL at ${hole} (BACKSCROLL_POSTGRES_URL)"`)
    expectOneLine(end, /^BACKSCROLL_POSTGRES_URL: /)
    expect(end.said).not.toContain('secret')
  })
})

describe('settings', () => {
  /** A value that no setting accepts. Settings that accept any text are tried below. */
  const bad = '\u0000 no such value'
  const takesText = Object.entries(settings.shape)
    .filter(([, schema]) => schema.safeParse(bad).success)
    .map(([name]) => name)

  test('every one that has a form is named when its value has not', async () => {
    const names = Object.keys(settings.shape).filter((name) => !takesText.includes(name))
    const value = bad.slice(1)
    const { code, said } = await start({ env: Object.fromEntries(names.map((name) => [name, value])) })
    const lines = said.trimEnd().split('\n')
    expect(code).toBe(78)
    for (const name of names) expect(lines.filter((line) => line.startsWith(`  ${name}: `))).toHaveLength(1)
    expect(said).not.toMatch(/\n\s+at /)
    expect(said).not.toContain(value)
  })

  // A start comes to Kafka after four other engines: its file is tried by a unit test of the adapter.
  const files = Object.keys(settings.shape).filter((name) => /_FILE$/.test(name) && !name.includes('KAFKA'))

  test.for(files)('%s is named when the file cannot be read, or is not of its form', async (name) => {
    const wrong = join(directory, 'wrong.json')
    await writeFile(wrong, '"nothing that anybody wants"')
    const from = (file: string) =>
      start({ env: { BACKSCROLL_DATA: join(directory, `data for ${name}`), [name]: file } })
    expectOneLine(await from(join(directory, 'no such file')), new RegExp(`^${name} cannot be read`))
    const { code, said } = await from(wrong)
    expect([code, said]).toEqual([78, expect.stringMatching(new RegExp(`^${name} is (no|wrong)`))])
    expect(said).not.toMatch(/\n\s+at /)
  })

  test('one that there is not is told with the one that was meant', async () => {
    const { code, said } = await start({ env: { BACKSCROLL_PROT: '8080', BACKSCROLL_LOGLEVEL: 'info' } })
    expect(code).toBe(78)
    expect(said).toContain('BACKSCROLL_PROT: there is no such setting; did you mean BACKSCROLL_PORT?\n')
    expect(said).toContain('BACKSCROLL_LOGLEVEL: there is no such setting; did you mean BACKSCROLL_LOG_LEVEL?\n')
  })

  test('an option that there is not ends with 2', async () => {
    const child = spawn(process.execPath, [main, '--rol', 'api'], { stdio: ['ignore', 'ignore', 'pipe'] })
    const [said] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(child.exitCode).toBe(2)
    expect(said).toContain('Did you mean --role?')
  })
})
