import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../../bench/process/free-port.ts'
import { conversationsOf, readLog } from '../support/server/log.ts'
import { openServer, type ServerProcess, spawnServer } from '../support/server/process.ts'
import { restOf } from '../support/server/rest.ts'
import { openSender, type Sender } from '../support/server/sender.ts'
import { openSocket } from '../support/server/socket.ts'
import { openTokens } from '../support/server/tokens.ts'

const cleanUps: (() => Promise<unknown> | undefined)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const begin = async (directory?: string): Promise<ServerProcess> => {
  const server = await openServer(directory === undefined ? {} : { directory })
  cleanUps.push(server.discard)
  await server.start()
  return server
}

const senders = async (server: ServerProcess, count: number): Promise<readonly Sender[]> => {
  const tokens = await openTokens(server.directory)
  const open = async (user: string): Promise<Sender> => {
    const rest = await restOf(server.url, tokens, user)
    return openSender({ url: server.socketUrl, rest, token: () => tokens(user), recipientId: 'peer', window: 8 })
  }
  return Promise.all(Array.from({ length: count }, (_, n) => open(`user${n}`)))
}

/** Each acknowledged message once, where its acknowledgement said, in the order in which its device sent. */
const expectKept = (server: ServerProcess, all: readonly Sender[]): void => {
  const streams = conversationsOf(readLog(server.directory))
  for (const [n, { sent }] of all.entries()) {
    const stream = streams.get(directConversationId(`user${n}`, 'peer')) ?? []
    const stored = stream.filter(({ type }) => type === 'MessageSent')
    expect(stored.map(({ data, revision }) => [data.messageId, revision])).toEqual(
      sent.map(({ messageId, revision }) => [messageId, revision]),
    )
    expect(stored.map(({ data }) => data.seq)).toEqual(sent.map((_, index) => index + 1))
  }
}

describe('durability', () => {
  it('P1 P2 P3: kill -9 under load, again and again, loses, doubles and reorders nothing that was acknowledged', async () => {
    const server = await begin()
    const all = await senders(server, 6)
    const running = Promise.all(all.map((one) => one.run()))
    for (let round = 0; round < 5; round += 1) {
      await sleep(150 + Math.random() * 400)
      await server.stop('SIGKILL')
      await server.start()
    }
    for (const one of all) one.stop()
    await running
    expectKept(server, all)
    expect(all.every(({ sent }) => sent.length > 16)).toBe(true)
  }, 120_000)

  it('P1: what was acknowledged before the last kill -9 is in the file before anybody sends again', async () => {
    const server = await begin()
    const [one] = await senders(server, 1)
    void one?.run()
    await sleep(800)
    await server.stop('SIGKILL')
    one?.stop()
    const acknowledged = (one?.sent ?? []).filter(({ revision }) => revision !== undefined)
    const stored = readLog(server.directory).map(({ data, revision }) => `${data.messageId}@${revision}`)
    expect(acknowledged.length).toBeGreaterThan(0)
    for (const { messageId, revision } of acknowledged) expect(stored).toContain(`${messageId}@${revision}`)
    await server.start()
    await sleep(300)
  }, 60_000)

  it('a second server on the same data directory is refused with one line and exit code 78', async () => {
    const server = await begin()
    const second = spawnServer(server.directory, await freePort(), { BACKSCROLL_LOG_LEVEL: 'silent' })
    const printed: string[] = []
    second.stderr?.on('data', (data) => printed.push(String(data)))
    const [code] = await once(second, 'close')
    expect(code).toBe(78)
    expect(printed.join('').trim().split('\n')).toHaveLength(1)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  }, 60_000)

  it('[T5] SIGTERM drains: commands in flight are answered or safe to send again, clients are sent away with 4000, exit code 0', async () => {
    const server = await begin()
    const tokens = await openTokens(server.directory)
    const idle = await openSocket(server.socketUrl, await tokens('idle'))
    await idle.connect()
    const all = await senders(server, 4)
    const running = Promise.all(all.map((one) => one.run()))
    await sleep(400)
    const code = await server.stop('SIGTERM')
    expect(code).toBe(0)
    expect(await idle.closed()).toBe(4000)
    await server.start()
    for (const one of all) one.stop()
    await running
    expectKept(server, all)
    for (const { refusals } of all) expect([...refusals].filter((code) => !safe.has(code))).toEqual([])
  }, 60_000)

  const root = process.getuid?.() === 0
  if (!root) console.info('The full disk is not tested: mounting a small file system needs root.')
  it.runIf(root && mountable())(
    'P1: a full disk answers storage_full, loses nothing, and goes on when there is space again',
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'backscroll-disk-'))
      shell(`mount -t tmpfs -o size=12m tmpfs ${directory}`)
      cleanUps.push(async () => {
        shell(`umount -l ${directory}`)
        await rm(directory, { recursive: true, force: true })
      })
      const server = await begin(directory)
      const all = await senders(server, 3)
      const running = Promise.all(all.map((one) => one.run()))
      await sleep(300)
      await fill(join(directory, 'ballast'))
      await expect.poll(() => all.some(({ refusals }) => refusals.has('storage_full')), { timeout: 20_000 }).toBe(true)
      await unlink(join(directory, 'ballast'))
      const before = all.map(({ sent }) => sent.filter(({ revision }) => revision !== undefined).length)
      const now = () => all.map(({ sent }) => sent.filter(({ revision }) => revision !== undefined).length)
      await expect.poll(() => now().every((count, n) => count > (before[n] ?? 0)), { timeout: 20_000 }).toBe(true)
      for (const one of all) one.stop()
      await running
      expectKept(server, all)
      const ready = async () => (await fetch(`${server.url}/readyz`)).status
      await expect.poll(ready, { timeout: 40_000 }).toBe(200)
    },
    90_000,
  )
})

/** What a client may answer by sending the same frame again; a gap only says that a predecessor was refused so. */
const safe: ReadonlySet<string> = new Set(['shutting_down', 'unavailable', 'client_seq_gap'])

function shell(command: string): void {
  execFileSync('sh', ['-c', command], { stdio: 'ignore' })
}

function mountable(): boolean {
  try {
    shell('d=$(mktemp -d) && mount -t tmpfs -o size=1m tmpfs $d && umount $d && rmdir $d')
    return true
  } catch {
    console.info('The full disk is not tested: a tmpfs cannot be mounted here.')
    return false
  }
}

/** Takes all space that is left. */
const fill = async (path: string): Promise<void> => {
  const piece = Buffer.alloc(64 * 1024)
  for (;;)
    try {
      await writeFile(path, piece, { flag: 'a' })
    } catch {
      return
    }
}
