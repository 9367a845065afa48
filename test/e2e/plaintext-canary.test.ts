import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFakeGroup } from '../support/fake-group.ts'
import { device } from '../support/mls-frames.ts'
import { openServer, type ServerProcess } from '../support/server-process.ts'
import { type RestUser, restOf } from '../support/server-rest.ts'
import { openSocket, type ServerSocket } from '../support/server-socket.ts'
import { openTokens } from '../support/server-tokens.ts'

const [ann, bob] = [device('ann'), device('bob')]
const canary = 'a readable secret that nobody may store'
const plaintexts = [canary, JSON.stringify({ text: canary })].map((text) => Buffer.from(text).toString('base64'))

let server: ServerProcess
let rest: RestUser
let socket: ServerSocket
beforeAll(async () => {
  server = await openServer({ env: { BACKSCROLL_LOG_LEVEL: 'trace' } })
  await server.start()
  const tokens = await openTokens(server.directory)
  await (await restOf(server.url, tokens, 'bob'))('GET', '/me')
  rest = await restOf(server.url, tokens, 'ann')
  socket = await openSocket(server.socketUrl, await tokens('ann'))
  await socket.connect()
})
afterAll(() => server.discard())

const everyFile = async (): Promise<readonly Buffer[]> => {
  const entries = await readdir(server.directory, { recursive: true, withFileTypes: true })
  return Promise.all(
    entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name))),
  )
}

/** As it is, and in base64 at each of the three places that it can have in a group of three bytes. */
const traces = [
  canary,
  ...[0, 1, 2].map((at) =>
    Buffer.from(' '.repeat(at) + canary)
      .toString('base64')
      .slice(4, -8),
  ),
]

test('[P5] plaintext is refused on every way in, and leaves no trace in data or logs', async () => {
  const conversationId = randomUUID()
  const group = createFakeGroup(conversationId)
  const start = { conversationId, members: ['bob'], group: group.begin(ann, [bob]) }
  const path = `/conversations/${conversationId}`
  expect((await rest('POST', '/conversations', { ...start, clientSeq: 1, afterClientSeq: 0 })).status).toBe(200)
  const first = { conversationId, messageId: randomUUID(), ciphertext: group.message('opaque') }
  const sent = await rest('POST', '/messages', { ...first, clientSeq: 2, afterClientSeq: 1 })
  expect(sent.status).toBe(200)

  const numbers = { clientSeq: 3, afterClientSeq: 2 }
  const { messageId, revision } = sent.json
  const relations = [undefined, 'edit', 'reaction', 'reply'].map((kind) =>
    kind === undefined ? {} : { relatesTo: { messageId, revision, kind } },
  )
  for (const ciphertext of plaintexts) {
    for (const relation of relations) {
      const message = { conversationId, messageId: randomUUID(), ciphertext, ...relation, ...numbers }
      // Twice: a retry gets in no more than the first.
      for (let times = 0; times < 2; times += 1) {
        expect((await rest('POST', '/messages', message)).json.code).toBe('not_ciphertext')
        const answer = await socket.ask({ type: 'send_message', ...message })
        expect(answer).toMatchObject({ type: 'error', code: 'not_ciphertext' })
      }
    }
    const request = group.commit(ann)
    for (const part of ['commit', 'welcome', 'groupInfo']) {
      const answer = await rest('POST', `${path}/commits`, { ...request, [part]: ciphertext, ...numbers })
      expect(answer.json.code).toBe('commit_mismatch')
    }
  }

  await server.stop('SIGTERM')
  const files = await everyFile()
  expect(files.length).toBeGreaterThan(3)
  for (const trace of traces) {
    expect(files.filter((file) => file.includes(trace))).toEqual([])
    expect(server.output()).not.toContain(trace)
  }
})

test('the canary would be found wherever it stood in a text in base64', () => {
  for (const at of [0, 1, 2, 3, 4, 5]) {
    const stored = Buffer.from(`${'x'.repeat(at)}${canary} and more`).toString('base64')
    expect(traces.filter((trace) => stored.includes(trace))).toHaveLength(1)
  }
})
