import { randomUUID } from 'node:crypto'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { errorKinds } from '@backscroll/protocol/errors'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeGroup } from '../support/groups/fake-group.ts'
import { sealedForm } from '../support/groups/sealed-form.ts'
import { canary, canaryText, filesOf, findText } from '../support/server/canary.ts'
import { base64, participate, startGroup, type TestConversation } from '../support/server/conversation.ts'
import { foreignGroupInfo, plaintextsFor, staleCommit, tampered } from '../support/server/plaintext.ts'
import { openServer, type ServerProcess } from '../support/server/process.ts'
import { type RestAnswer, type RestUser, restOf } from '../support/server/rest.ts'
import { openSender } from '../support/server/sender.ts'
import { openSocket, type ServerSocket } from '../support/server/socket.ts'
import { openTokens, type Tokens } from '../support/server/tokens.ts'

/** Named so that it can be found in the logs, which name users. */
const name = 'ann-whom-the-logs-name'

let server: ServerProcess
let tokens: Tokens
let [ann, bob]: RestUser[] = []
let socket: ServerSocket
let conversation: TestConversation & { readonly sent: { readonly messageId: string; readonly revision: number } }

const user = (rest: RestUser | undefined): RestUser => {
  if (rest === undefined) throw new Error('The server did not start')
  return rest
}

beforeAll(async () => {
  server = await openServer({ env: { BACKSCROLL_LOG_LEVEL: 'trace' } })
  await server.start()
  tokens = await openTokens(server.directory)
  ;[ann, bob] = await Promise.all([name, 'bob'].map((one) => restOf(server.url, tokens, one)))
  socket = await openSocket(server.socketUrl, await tokens(name))
  await socket.connect()
  const { owner, ...started } = await startGroup(user(ann), [user(bob)], '')
  conversation = { ...started, sent: await owner.send('an accepted message') }
})
afterAll(() => server.discard())

/** The numbers of ann's next command. */
const numbers = { clientSeq: 3, afterClientSeq: 2 }

/** Where the text stands: in any file of the data directory as it is on the disk now, or in what was printed. */
const whereIs = async (text: string): Promise<readonly string[]> =>
  findText(text, new Map([...(await filesOf(server.directory)), ['logs', Buffer.from(server.output())]]))

const codeOf = (answer: RestAnswer): string => (answer.status === 200 ? 'accepted' : answer.json.code)

/** Over REST and over the socket, and again: a retry gets in no more than the first. */
const offer = async (message: object): Promise<readonly string[]> => {
  const codes: string[] = []
  for (let times = 0; times < 2; times += 1) {
    codes.push(codeOf(await user(ann)('POST', '/messages', message)))
    const answer = await socket.ask({ type: 'send_message', ...message })
    codes.push(answer?.type === 'error' ? answer.code : 'accepted')
  }
  return codes
}

const fourTimes = (code: string) => [code, code, code, code]

describe('plaintext', () => {
  it('[P5] is refused as a message, an edit, a reaction and a reply, however it is wrapped', async () => {
    const { conversationId, sent } = conversation
    const target = { messageId: sent.messageId, revision: sent.revision }
    const relations = [{}, ...['edit', 'reaction', 'reply'].map((kind) => ({ relatesTo: { ...target, kind } }))]
    for (const { what, content: ciphertext, code } of plaintextsFor(conversation, user(ann).device))
      for (const relation of relations) {
        const message = { conversationId, messageId: randomUUID(), ciphertext, ...relation, ...numbers }
        expect(await offer(message), `${what} ${JSON.stringify(relation)}`).toEqual(fourTimes(code))
      }
    const inOrder = { conversationId, messageId: randomUUID(), ciphertext: conversation.group.message(), ...numbers }
    const more = { relatesTo: { ...target, kind: 'delete' }, ciphertext: base64(canaryText) }
    for (const misplaced of [more, { text: canaryText }, { [canary]: 1 }, { contentType: `${canaryText}"` }])
      expect(await offer({ ...inOrder, ...misplaced })).toEqual(fourTimes('invalid'))
    expect(await whereIs(canary)).toEqual([])
  })

  it('[P5] is refused in a direct conversation, before it is started and after', async () => {
    const to = { recipientId: 'bob', messageId: randomUUID() }
    const group = createFakeGroup(directConversationId(name, 'bob'))
    const begun = group.begin(user(ann).device, [user(bob).device])
    const direct = { conversationId: directConversationId(name, 'bob'), group }
    const plaintexts = plaintextsFor(direct, user(ann).device)
    const first = { clientSeq: 1, afterClientSeq: 0 }
    for (const { what, content: ciphertext, code } of plaintexts) {
      const expected = code === 'invalid' ? code : 'not_found'
      expect(await offer({ ...to, ciphertext, ...first }), what).toEqual(fourTimes(expected))
    }
    for (const { what, parts, code } of tampered(begun, plaintexts)) {
      const start = { recipientId: 'bob', group: parts, ...first }
      expect(codeOf(await user(ann)('POST', '/conversations', start)), what).toBe(code)
    }
    const start = { recipientId: 'bob', group: begun, ...first }
    expect(codeOf(await user(ann)('POST', '/conversations', start))).toBe('accepted')
    for (const { what, content: ciphertext, code } of plaintexts)
      expect(await offer({ ...to, ciphertext, clientSeq: 2, afterClientSeq: 1 }), what).toEqual(fourTimes(code))
    expect(await whereIs(canary)).toEqual([])
  })

  it('[P5] is refused where a commit, a Welcome or a GroupInfo belongs, at the start and later', async () => {
    const { conversationId, group } = conversation
    const plaintexts = plaintextsFor(conversation, user(ann).device)
    for (let times = 0; times < 2; times += 1) {
      for (const { what, parts, code } of tampered(group.commit(user(ann).device), plaintexts)) {
        const answer = await user(ann)('POST', `/conversations/${conversationId}/commits`, { ...parts, ...numbers })
        expect(codeOf(answer), what).toBe(code)
      }
      const other = randomUUID()
      const begun = createFakeGroup(other).begin(user(ann).device, [user(bob).device])
      const foreign = { what: 'a foreign GroupInfo', parts: { ...begun, groupInfo: foreignGroupInfo() } }
      for (const { what, parts, code } of [...tampered(begun, plaintexts), { ...foreign, code: 'commit_mismatch' }]) {
        const start = { conversationId: other, members: ['bob'], group: parts, clientSeq: 1, afterClientSeq: 0 }
        expect(codeOf(await user(ann)('POST', '/conversations', start)), what).toBe(code)
      }
      const stale = { ...staleCommit(conversationId, user(ann).device), ...numbers }
      expect(codeOf(await user(ann)('POST', `/conversations/${conversationId}/commits`, stale))).toBe('stale_epoch')
    }
    expect(await whereIs(canary)).toEqual([])
  })

  it('[P5] is refused as the name or description of a group, at the start and later', async () => {
    const { conversationId } = conversation
    const begun = createFakeGroup(conversationId).begin(user(ann).device)
    const start = { conversationId: randomUUID(), members: [], group: begun, clientSeq: 1, afterClientSeq: 0 }
    const sealed = sealedForm(canaryText)
    const damaged = [`${sealed} `, sealed.slice(0, 60), sealed.replace('sealed1', 'sealed2')]
    const texts = [...plaintextsFor(conversation, user(ann).device).map(({ content }) => content), ...damaged]
    for (const field of ['name', 'description'])
      for (const text of texts) {
        const changed = await user(ann)('PATCH', `/conversations/${conversationId}`, { [field]: text, ...numbers })
        const started = await user(ann)('POST', '/conversations', { ...start, [field]: text })
        expect([changed, started].map(codeOf), text).toEqual(['invalid', 'invalid'])
        expect(changed.json.details?.field ?? changed.json.field, text).toBe(field)
      }
    expect(await whereIs(canary)).toEqual([])
  })

  it('[P5] does not take the place of what was accepted, nor its number', async () => {
    const { conversationId, group, sent } = conversation
    const repeat = { conversationId, messageId: sent.messageId, ciphertext: base64(canaryText) }
    const answer = await user(ann)('POST', '/messages', { ...repeat, clientSeq: 2, afterClientSeq: 1 })
    expect(answer.json).toMatchObject({ duplicate: true, revision: sent.revision })
    const other = { ...repeat, messageId: randomUUID(), clientSeq: 2, afterClientSeq: 1 }
    expect(await offer(other)).toEqual(fourTimes('client_seq_conflict'))
    expect(await offer({ ...repeat, clientSeq: 9, afterClientSeq: 8 })).toEqual(fourTimes('client_seq_gap'))
    const inOrder = await participate(user(ann), { conversationId, group }, 2).send('what the number was kept for')
    expect(inOrder.revision).toBe(sent.revision + 1)
    expect(await whereIs(canary)).toEqual([])
  })

  it('[P5] does not get in while the server is killed under load, and is in none of the files that are left', async () => {
    const load = await openSender({
      url: server.socketUrl,
      rest: await restOf(server.url, tokens, 'cid'),
      token: () => tokens('cid'),
      recipientId: 'bob',
      window: 4,
    })
    const loading = load.run()
    const knocking = knock()
    for (let life = 0; life < 4; life += 1) {
      const before = knocking.codes.length
      await expect.poll(() => knocking.codes.length, { timeout: 20_000, interval: 5 }).toBeGreaterThan(before + 20)
      await server.stop('SIGKILL')
      expect(await whereIs(canary)).toEqual([])
      await server.start()
    }
    load.stop()
    await Promise.all([loading, knocking.stop()])
    expect(knocking.codes.filter((code) => !(code in errorKinds))).toEqual([])
    const refused = ['not_ciphertext', 'invalid', 'stale_epoch', 'commit_mismatch']
    expect([...new Set(knocking.codes)]).toEqual(expect.arrayContaining(refused))
    await server.stop('SIGKILL')
    const left = [...(await filesOf(server.directory)).keys()]
    expect(left).toEqual(expect.arrayContaining(['events.db', 'events.db-wal', 'views.db', 'accounts.db']))
    expect(await whereIs(canary)).toEqual([])
    await server.start()
    expect(await server.stop('SIGTERM')).toBe(0)
    expect(await whereIs(canary)).toEqual([])
  }, 120_000)
})

/** Sends every kind of plaintext, one after the other, until it is stopped; `codes`: what came back. */
const knock = () => {
  const codes: string[] = []
  let over = false
  const { conversationId, group } = conversation
  const { device } = user(ann)
  const plaintexts = plaintextsFor(conversation, device)
  const next = { clientSeq: 4, afterClientSeq: 3 }
  const messages = plaintexts.map(({ content }) => ({ conversationId, messageId: randomUUID(), ciphertext: content }))
  const commits = tampered(group.commit(device), plaintexts).map(({ parts }) => parts)
  const post = async (path: string, body: object) =>
    codes.push(codeOf(await user(ann)('POST', path, { ...body, ...next })))
  const frame = async (message: object) => {
    const own = await openSocket(server.socketUrl, await tokens(name))
    await own.connect()
    const answer = await own.ask({ type: 'send_message', ...message, ...next })
    if (answer !== undefined) codes.push(answer.type === 'error' ? answer.code : 'accepted')
    own.drop()
  }
  const run = async () => {
    for (let turn = 0; !over; turn += 1) {
      const message = messages[turn % messages.length] ?? {}
      const commit = commits[turn % commits.length] ?? {}
      const asked = [
        post('/messages', message),
        frame(message),
        post(`/conversations/${conversationId}/commits`, commit),
      ]
      // A server that is not there answers nothing: the next turn asks again.
      await Promise.allSettled(asked)
    }
  }
  const running = run()
  return {
    codes,
    stop: () => {
      over = true
      return running
    },
  }
}

describe('the search', () => {
  it('finds what the server has stored and what it has printed', async () => {
    const stored = await whereIs('an accepted message')
    expect(stored).toContainEqual(expect.stringMatching(/^events\.db.*: in base64$/))
    expect(await whereIs(name)).toContainEqual('logs: as it is')
  })

  it.each(['utf8', 'base64', 'base64url', 'hex'] as const)('finds the canary anywhere in a text in %s', (encoding) => {
    for (const at of [0, 1, 2, 3, 4, 5]) {
      const stored = Buffer.from(`${'x'.repeat(at)}${canary} and more`).toString(encoding)
      expect(findText(canary, new Map([['here', Buffer.from(stored)]]))).toHaveLength(1)
    }
  })

  it('finds the canary that was taken for base64', () => {
    expect(findText(canary, new Map([['here', Buffer.from(canary, 'base64')]]))).toEqual(['here: taken for base64'])
  })
})
