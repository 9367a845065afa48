import { once } from 'node:events'
import { copyFileSync, cpSync, existsSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCli } from '../support/cli/process.ts'
import { conversationsOf, readLog } from '../support/server/log.ts'
import { openServer, type ServerProcess, spawnServer } from '../support/server/process.ts'
import { restOf } from '../support/server/rest.ts'
import { openSender } from '../support/server/sender.ts'
import { openTokens } from '../support/server/tokens.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'backscroll-damage-'))
})
/** Also those of a test that failed in its middle. */
const servers: ServerProcess[] = []
afterAll(async () => {
  for (const server of servers) await server.discard()
  await rm(root, { recursive: true, force: true })
})

const open = async (directory: string): Promise<ServerProcess> => {
  const server = await openServer({ directory, readyMs: 120_000 })
  servers.push(server)
  return server
}

const send = async (server: ServerProcess, ms: number, user: string): Promise<void> => {
  const tokens = await openTokens(server.directory)
  const rest = await restOf(server.url, tokens, user)
  const sender = await openSender({
    ...{ url: server.socketUrl, rest, token: () => tokens(user), recipientId: 'peer', window: 8 },
  })
  const running = sender.run()
  await sleep(ms)
  sender.stop()
  await running
}

const path = (directory: string, name: string): string => join(directory, name)

/** A directory after kill -9, with some hundred messages, and one of before the last of them. */
const killed = async () => {
  const directory = join(root, 'killed')
  const server = await open(directory)
  await server.start()
  await send(server, 800, 'ann')
  await server.stop('SIGTERM')
  cpSync(directory, join(root, 'older'), { recursive: true })
  await server.start()
  await send(server, 800, 'bea')
  await server.stop('SIGKILL')
  return { directory, older: join(root, 'older') }
}

let images: ReturnType<typeof killed> | undefined

const startOn = async (directory: string): Promise<{ readonly code: number | null; readonly stderr: string }> => {
  const child = spawnServer(directory, 0)
  const ended = once(child, 'exit')
  if (child.stderr === null) throw new Error('no standard error')
  const stderr = await text(child.stderr)
  await ended
  return { code: child.exitCode, stderr }
}

const damages: readonly (readonly [string, (directory: string, older: string) => void, RegExp])[] = [
  ['its write-ahead log was deleted', (to) => rmSync(path(to, 'events.db-wal')), /events.db-wal is missing/],
  [
    'its write-ahead log was overwritten',
    (to) => writeFileSync(path(to, 'events.db-wal'), Buffer.alloc(statSync(path(to, 'events.db-wal')).size)),
    /ends at position \d+, and events.head knows position \d+.*; \d+ events/,
  ],
  ['events.db was deleted', (to) => rmSync(path(to, 'events.db')), /missing or empty beside events.head/],
  [
    'the whole log was deleted',
    (to) => {
      for (const name of ['events.db', 'events.db-wal', 'events.head']) rmSync(path(to, name))
    },
    /missing or empty beside blobs, views.db.*; the whole event log is lost/,
  ],
  ['events.db was emptied', (to) => truncateSync(path(to, 'events.db'), 0), /missing or empty beside/],
  [
    'events.db was cut in half',
    (to) => truncateSync(path(to, 'events.db'), Math.floor(statSync(path(to, 'events.db')).size / 2)),
    /damaged/,
  ],
  [
    'an older copy of the log was put back, and its record too',
    (to, older) => {
      rmSync(path(to, 'events.db-wal'))
      for (const name of ['events.db', 'events.head']) copyFileSync(path(older, name), path(to, name))
    },
    /views.db knows position \d+/,
  ],
]

describe('a server whose event log is damaged', () => {
  it.each(damages)(
    'does not start when %s, and says in one line what mends it [P1]',
    async (name, damage, line) => {
      images ??= killed()
      const { directory, older } = await images
      const copy = join(root, `copy ${name}`.slice(0, 40))
      cpSync(directory, copy, { recursive: true })
      damage(copy, older)
      const { code, stderr } = await startOn(copy)
      expect(stderr).toMatch(line)
      expect(stderr).toMatch(/backscroll (renew-epoch|log repair)/)
      expect(stderr.trim()).not.toContain('\n')
      expect(code).toBe(78)
      if (!existsSync(path(copy, 'events.db'))) return
      const { ended } = startCli(['log', 'repair', '--accept-loss'], { BACKSCROLL_DATA: copy })
      expect(await ended).toMatchObject({ code: 0, stderr: '' })
      const verify = startCli(['log', 'verify'], { BACKSCROLL_DATA: copy })
      expect(await verify.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('is whole') })
    },
    300_000,
  )

  it('that is damaged while it runs, serves no event that was not stored, takes nothing more, says so, and stays', async () => {
    const server = await open(join(root, 'running'))
    await server.start()
    await send(server, 300, 'ann')
    const rest = await restOf(server.url, await openTokens(server.directory), 'ann')
    const history = `/conversations/${directConversationId('ann', 'peer')}/events?limit=1000`
    const stored = conversationsOf(readLog(server.directory)).get(directConversationId('ann', 'peer')) ?? []
    for (let tries = 0; tries < 200 && (await rest('GET', history)).json.events.length < stored.length; tries += 1)
      await sleep(100)
    await server.stop('SIGTERM')
    await server.start()
    const victim = readLog(server.directory).find(({ type }) => type === 'MessageSent')
    const flipped = `B${victim?.body?.slice(1)}`
    const db = new Database(path(server.directory, 'events.db'))
    db.prepare('UPDATE events SET body = ? WHERE position = ?').run(flipped, victim?.position)
    db.close()
    // Until the views have said how far they are, an answer is empty.
    let answer = await rest('GET', history)
    for (let tries = 0; answer.status === 200 && tries < 200; tries += 1) {
      expect(answer.json.events).toEqual([])
      await sleep(100)
      answer = await rest('GET', history)
    }
    expect([answer.status, answer.json.code]).toEqual([503, 'log_damaged'])
    const ready = await fetch(`${server.url}/readyz`)
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('a body is not what was stored')])
    expect(server.output()).toMatch(
      /"level":"fatal".*a body is not what was stored at position \d+; .*backscroll log repair/,
    )
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toMatch(/^backscroll_log_damage_total [1-9]/m)
    await expect(send(server, 0, 'dan')).rejects.toThrow('log_damaged')
    await sleep(1500)
    expect(server.running()).toBe(true)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    await server.stop('SIGKILL')
  }, 300_000)
})
