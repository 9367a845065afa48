import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { startGroup, type TestConversation } from '../support/server/conversation.ts'
import { conversationsOf, logHead, readLog, rowCounts } from '../support/server/log.ts'
import { openServer, type ServerProcess } from '../support/server/process.ts'
import { type RestUser, restOf } from '../support/server/rest.ts'
import { openSocket, type ServerSocket } from '../support/server/socket.ts'
import { openTokens, type Tokens } from '../support/server/tokens.ts'

let server: ServerProcess | undefined
afterEach(() => server?.discard())

const begin = async (
  env: Readonly<Record<string, string>> = {},
): Promise<{ server: ServerProcess; tokens: Tokens }> => {
  const started = await openServer({ env: { BACKSCROLL_LOG_LEVEL: 'info', ...env } })
  server = started
  await started.start()
  return { server: started, tokens: await openTokens(started.directory) }
}

/** Bytes of memory that the server holds, without mapped files. */
const ownBytes = async (pid: number | undefined): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

/** Sends `count` messages of `bytes` each, 32 at a time. */
const flood = async (socket: ServerSocket, to: TestConversation, from: number, count: number, bytes: number) => {
  const { conversationId } = to
  const ciphertext = to.group.message('x'.repeat(bytes))
  for (let sent = 0; sent < count; sent += 32) {
    const batch = Array.from({ length: Math.min(32, count - sent) }, (_, n) => from + sent + n + 1)
    const answers = await Promise.all(
      batch.map((clientSeq) => {
        const numbers = { clientSeq, afterClientSeq: clientSeq - 1 }
        return socket.ask({ type: 'send_message', conversationId, messageId: randomUUID(), ciphertext, ...numbers })
      }),
    )
    expect(answers.every((answer) => answer?.type === 'reply')).toBe(true)
  }
}

/** With a device each. */
const people = (server: ServerProcess, tokens: Tokens, names: readonly string[]): Promise<readonly RestUser[]> =>
  Promise.all(names.map((name) => restOf(server.url, tokens, name)))

/** What the server's own memory grows by while `count` messages go to six members who read, or do not. */
const growth = async (reads: boolean): Promise<number> => {
  const { server, tokens } = await begin({ BACKSCROLL_MAX_OUTBOX_BYTES: '65536' })
  const readers = Array.from({ length: 6 }, (_, n) => `reader${n}`)
  const members = await people(server, tokens, readers)
  const conversation = await startGroup(await restOf(server.url, tokens, 'ann'), members)
  const ann = await openSocket(server.socketUrl, await tokens('ann', 'laptop'), 'laptop')
  await ann.connect()
  const sockets = await Promise.all(
    readers.map(async (reader) => {
      const socket = await openSocket(server.socketUrl, await tokens(reader))
      await socket.connect()
      if (!reads) socket.ws.pause()
      return socket
    }),
  )
  const before = await ownBytes(server.pid())
  await flood(ann, conversation, 0, 600, 40_000)
  const grown = (await ownBytes(server.pid())) - before
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  for (const socket of [...sockets, ann]) socket.drop()
  await server.discard()
  return grown
}

describe('slow readers', () => {
  it('P7 [T7]: one who does not read is told resync_needed, and gets everything by syncing', async () => {
    const { server, tokens } = await begin({ BACKSCROLL_MAX_OUTBOX_BYTES: '65536' })
    const members = await people(server, tokens, ['ben'])
    const conversation = await startGroup(await restOf(server.url, tokens, 'ann'), members)
    const since = await position(server, tokens)
    const ann = await openSocket(server.socketUrl, await tokens('ann', 'laptop'), 'laptop')
    const ben = await openSocket(server.socketUrl, await tokens('ben'))
    await Promise.all([ann.connect(), ben.connect(since)])
    await ben.until(() => ben.ofType('caught_up')[0], 'caught_up')
    ben.ws.pause()
    await flood(ann, conversation, 0, 400, 40_000)
    ben.ws.resume()
    await ben.until(() => ben.ofType('resync_needed')[0], 'resync_needed')
    const got = await syncAll(ben, since)
    const logged = conversationsOf(readLog(server.directory)).get(conversation.conversationId) ?? []
    expect(got).toEqual(logged.slice(2).map(({ revision }) => revision))
    await flood(ann, conversation, 400, 1, 10)
    const live = () => ben.ofType('events').some(({ events }) => events.some(({ revision }) => revision === 402))
    await ben.until(() => live() || undefined, 'the live feed again')
    ann.drop()
    ben.drop()
  }, 60_000)

  it('P7: members who do not read cost the server no more than members who do', async () => {
    const [readers, slow] = [await growth(true), await growth(false)]
    // 190 MB of frames were meant for them.
    expect(slow - readers).toBeLessThan(90 * 1024 * 1024)
  }, 120_000)

  it('P8: a message is the same number of rows, in the log and in all views, among 2 members and among 200', async () => {
    const { server, tokens } = await begin()
    const rest = await restOf(server.url, tokens, 'ann')
    const added: Record<string, number>[] = []
    for (const size of [2, 200]) {
      const names = Array.from({ length: size - 1 }, (_, n) => `member${n}`)
      const members = await people(server, tokens, names)
      const { conversationId, owner } = await startGroup(rest, members)
      await owner.send('warm')
      const before = await rows(server, tokens)
      const messages: { revision: number; messageId: string }[] = []
      for (let n = 0; n < 10; n += 1) messages.push(await owner.send(`message ${n}`))
      const [first] = messages
      if (first !== undefined) await owner.send('edited', { ...pick(first), kind: 'edit' })
      added.push(difference(before, await rows(server, tokens)))
      expect(conversationId).not.toBe('')
    }
    expect(added[0]).toEqual(added[1])
    expect(added[0]).toMatchObject({ 'events.db/events': 11 })
  }, 60_000)
})

const pick = ({ messageId, revision }: { messageId: string; revision: number }) => ({ messageId, revision })

/** A checkpoint at the end of what there is. */
const position = async (server: ServerProcess, tokens: Tokens): Promise<string> => {
  const rest = await restOf(server.url, tokens, 'ben')
  const answer = await rest('GET', `/sync/snapshot?atLeast=${logHead(server.directory)}`)
  return answer.json.checkpoint
}

/** Revisions of all events that the pages bring, in order. */
const syncAll = async (socket: ServerSocket, from: string): Promise<readonly number[]> => {
  const revisions: number[] = []
  for (let since = from; ; ) {
    const answer = await socket.ask({ type: 'sync', since, limit: 1000 })
    if (answer?.type !== 'reply') throw new Error(JSON.stringify(answer))
    const page = answer.result as { events: { revision: number }[]; checkpoint: string; more: boolean }
    revisions.push(...page.events.map(({ revision }) => revision))
    since = page.checkpoint
    if (!page.more) return revisions
  }
}

/** Rows of all tables once the views have folded everything. */
const rows = async (server: ServerProcess, tokens: Tokens): Promise<ReadonlyMap<string, number>> => {
  const rest = await restOf(server.url, tokens, 'ann')
  expect((await rest('GET', `/inbox?atLeast=${logHead(server.directory)}`)).status).toBe(200)
  const files = ['events.db', 'views.db']
  return new Map(
    files.flatMap((file) =>
      [...rowCounts(server.directory, file)].map(([table, count]) => [`${file}/${table}`, count]),
    ),
  )
}

const difference = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...after].map(([table, count]) => [table, count - (before.get(table) ?? 0)]))
