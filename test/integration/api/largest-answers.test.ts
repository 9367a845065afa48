import { randomUUID } from 'node:crypto'
import { limits } from '@backscroll/protocol/limits'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { numbered, startGroup } from '../../support/api/conversations.ts'
import { type Caller, createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'
import { encryptedTo } from '../../support/groups/beginning.ts'
import { sealedForm } from '../../support/groups/sealed-form.ts'

const messages = 40
const conversations = 24
const members = Array.from({ length: 12 }, (_, index) => `member${index}`)
/** As large as a body may be. */
const largest = 'x'.repeat(Math.floor((limits.ciphertext / 4) * 3) - 300)
const largestReaction = 'x'.repeat(Math.floor((limits.reaction / 4) * 3) - 300)

interface Target {
  readonly messageId: string
  readonly revision: number
}

let running: RunningApi
let alice: Caller
let conversationId: string
let target: Target
let before: string

const must = async (by: Caller, url: string, body: object) => {
  const answer = await by('POST', url, body)
  expect(answer.status, answer.text.slice(0, 300)).toBe(200)
  return answer.body
}

const send = (by: Caller, id: string, clientSeq: number, more: object = {}) =>
  must(by, '/messages', {
    conversationId: id,
    messageId: randomUUID(),
    ciphertext: encryptedTo(id, largest),
    ...more,
    ...numbered(clientSeq),
  })

beforeAll(async () => {
  running = await startApi()
  alice = await createCaller(running, 'alice')
  before = (await alice('GET', '/sync/snapshot')).body.checkpoint
  for (const member of members) await (await createCaller(running, member))('GET', '/me')
  for (let count = 0; count < conversations; count += 1) {
    const { conversationId: id } = await startGroup(alice, 'alice', members)
    conversationId = id
    const description = sealedForm('d'.repeat(5_000))
    await alice('PATCH', `/conversations/${id}`, { description, ...numbered(2) })
    target = await send(alice, id, 3)
  }
  for (let count = 1; count < messages; count += 1) target = await send(alice, conversationId, count + 3)
  for (const member of members) {
    const ciphertext = encryptedTo(conversationId, largestReaction)
    const relatesTo = { messageId: target.messageId, revision: target.revision, kind: 'reaction' }
    await send(await createCaller(running, member), conversationId, 1, { ciphertext, relatesTo })
  }
  const position = String((await alice('GET', '/inbox?limit=1')).headers['backscroll-position'])
  await running.watermark.reached(BigInt(position), 5_000)
}, 120_000)
afterAll(() => running.close())

interface Operation {
  readonly parameters?: readonly {
    readonly in: string
    readonly name: string
    readonly schema?: { maximum?: number }
  }[]
}

const isOperation = (value: unknown): value is Operation => typeof value === 'object' && value !== null

/** Every GET that the OpenAPI document knows, with the largest page that may be asked for. */
const reads = (): readonly string[] => {
  const values: Readonly<Record<string, string>> = {
    ...{ conversationId, messageId: target.messageId, userId: 'alice', deviceId: 'phone', hash: '0'.repeat(64) },
  }
  return Object.entries(running.api.swagger().paths ?? {}).flatMap(([path, item]) => {
    const operation: unknown = item?.get
    if (!isOperation(operation)) return []
    const named = path.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? randomUUID())
    const maximum = operation.parameters?.find(({ name }) => name === 'limit')?.schema?.maximum
    const query = new URLSearchParams(maximum === undefined ? {} : { limit: String(maximum) })
    if (path === '/messages') query.set('conversationId', conversationId)
    if (path === '/sync') query.set('since', before)
    return [`${named}?${query}`]
  })
}

/** A page, and one item more than fills it, with what is around them. */
const pageBytes = 1024 * 1024 + limits.ciphertext + members.length * (limits.reaction + 500) + 64 * 1024

describe('the largest answer of every read', () => {
  it('P7: is a page, whatever is asked for, in a world in which everything is as large as it may be', async () => {
    const urls = reads()
    expect(urls.length).toBeGreaterThan(15)
    for (const url of urls) {
      const { text } = await alice('GET', url).catch((error: unknown) => {
        // Metrics are no JSON.
        if (error instanceof SyntaxError) return { text: '' }
        throw error
      })
      expect(text.length, url).toBeLessThanOrEqual(pageBytes)
      expect(text.length, url).toBeLessThanOrEqual(limits.answerBytes)
    }
  })

  it('P7: events that did not fit into a page are on the next ones, none twice', async () => {
    const found: number[] = []
    let pages = 0
    for (let from: number | undefined = 0; from !== undefined; pages += 1) {
      const { body } = await alice('GET', `/conversations/${conversationId}/events?limit=1000&from=${from}`)
      found.push(...body.events.map(({ revision }: { revision: number }) => revision))
      from = body.next
    }
    expect(pages).toBeGreaterThan(2)
    expect(found).toEqual(found.map((_, index) => index))
    expect(found.length).toBeGreaterThan(messages + members.length)
  })

  it.each([
    ['newest first', 'before'],
    ['oldest first', 'after'],
  ])('P7: messages that did not fit into a page are on the next ones, %s', async (_, side) => {
    const found: number[] = []
    let pages = 0
    for (let more = true, place = side === 'after' ? 0 : messages + 1; more; pages += 1) {
      const { body } = await alice('GET', `/messages?conversationId=${conversationId}&limit=200&${side}=${place}`)
      const seqs: readonly number[] = body.messages.map(({ seq }: { seq: number }) => seq)
      found.push(...seqs)
      more = body.more
      place = Math[side === 'after' ? 'max' : 'min'](...seqs)
    }
    expect(pages).toBeGreaterThan(2)
    expect(found.sort((one, other) => one - other)).toEqual(Array.from({ length: messages }, (_, index) => index + 1))
  })

  const idsOf = async (
    path: string,
    list: string,
  ): Promise<{ readonly ids: readonly string[]; readonly pages: number }> => {
    const ids: string[] = []
    let pages = 0
    for (let cursor: string | undefined = ''; cursor !== undefined; pages += 1) {
      const { body } = await alice('GET', `${path}?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`)
      ids.push(
        ...body[list].map((entry: { conversation: { conversationId: string } }) => entry.conversation.conversationId),
      )
      cursor = body.cursor
    }
    return { ids, pages }
  }

  it.each([
    ['the inbox', '/inbox', 'items'],
    ['the snapshot', '/sync/snapshot', 'conversations'],
  ])('P7: %s has every conversation once, over as many pages as it needs', async (_, path, list) => {
    const { ids, pages } = await idsOf(path, list)
    expect(pages).toBeGreaterThan(1)
    expect([ids.length, new Set(ids).size]).toEqual([conversations, conversations])
  })

  it('P7: a sync has every event once, over as many pages as it needs', async () => {
    const found = new Set<string>()
    let count = 0
    let pages = 0
    for (let since = before, more = true; more; pages += 1) {
      const { body } = await alice('GET', `/sync?limit=1000&since=${since}`)
      for (const event of body.events) found.add(`${event.stream.id}@${event.revision}`)
      count += body.events.length
      ;({ more, checkpoint: since } = body)
    }
    expect(pages).toBeGreaterThan(2)
    expect(found.size).toBe(count)
    expect(count).toBeGreaterThan(messages + conversations * 3)
  })

  it('P7: a reaction is small, so that a message with the reactions of all members is not large', async () => {
    const ciphertext = encryptedTo(conversationId, largest)
    const relatesTo = { messageId: target.messageId, revision: target.revision, kind: 'reaction' }
    const body = { conversationId, messageId: randomUUID(), ciphertext, relatesTo, ...numbered(1_000) }
    expect(await alice('POST', '/messages', body)).toMatchObject({ status: 400, body: { code: 'invalid' } })
  })
})
