import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDirect, textTo } from '../../support/api/conversations.ts'
import { type Caller, createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
let root: Caller
beforeAll(async () => {
  running = await startApi()
  root = await createCaller(running, 'root', 'console', undefined, ['user', 'admin'])
})
afterAll(() => running.close())

const sha256 = (base64: string) => createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex')

let pairs = 0
/** Two users, the first of whom has written to the second. */
const written = async () => {
  pairs += 1
  const [from, to] = [`mallory-${pairs}`, `vera-${pairs}`]
  const writer = await createCaller(running, from)
  const reader = await createCaller(running, to)
  await reader('GET', '/me')
  await startDirect(writer, from, to)
  const message = textTo(to, 2, from)
  const { body: sent } = await writer('POST', '/messages', message)
  const { conversationId, revision } = sent
  return {
    from,
    to,
    writer,
    reader,
    conversationId,
    message: { messageId: message.messageId, revision },
    sent: message,
  }
}

const reportOf = (about: object, more: object = {}) => ({ reportId: randomUUID(), about, reason: 'spam', ...more })
const open = async () => (await root('GET', '/admin/reports?limit=200')).body.items
const ofMessages = (conversationId: string, ...messages: readonly object[]) => ({
  kind: 'messages',
  conversationId,
  messages,
})

describe('a report of messages', () => {
  test('contains senders and times from the log, and texts from the reporter', async () => {
    const { from, to, reader, conversationId, message, sent } = await written()
    const claimed = { ...message, text: 'Buy this!', ciphertextHash: sha256(sent.ciphertext) }
    const report = reportOf(ofMessages(conversationId, claimed), { note: 'Every\nday.' })
    expect((await reader('POST', '/reports', report)).status).toBe(200)
    const { body } = await root('GET', `/admin/reports/${report.reportId}`)
    expect(body).toMatchObject({
      ...{ reporterId: to, kind: 'messages', userId: from, conversationId, reason: 'spam', note: 'Every\nday.' },
      messages: [{ ...message, text: 'Buy this!', senderId: from, sameCiphertext: true }],
      ...{ status: 'open', handledBy: null, outcome: null },
    })
  })

  test('shows that a forged ciphertext differs, and proves no text', async () => {
    const { reader, conversationId, message } = await written()
    const claimed = { ...message, text: 'I never wrote that', ciphertextHash: sha256('AAAA') }
    const report = reportOf(ofMessages(conversationId, claimed))
    await reader('POST', '/reports', report)
    const { body } = await root('GET', `/admin/reports/${report.reportId}`)
    expect(body.messages).toMatchObject([{ text: 'I never wrote that', sameCiphertext: false }])
  })

  test('is refused for missing messages, for messages that the reporter cannot see, and for own messages', async () => {
    const { reader, writer, conversationId, message } = await written()
    const stranger = await createCaller(running, 'stranger')
    const named = { ...message, text: 'x' }
    const ask = async (call: Caller, ...messages: readonly object[]) => {
      const { status, code } = await call('POST', '/reports', reportOf(ofMessages(conversationId, ...messages)))
      return [status, code]
    }
    expect(await ask(stranger, named)).toEqual([404, 'not_found'])
    expect(await ask(reader, { ...named, revision: 99 })).toEqual([404, 'not_found'])
    expect(await ask(reader, { ...named, revision: 0 })).toEqual([404, 'not_found'])
    expect(await ask(reader, { ...named, messageId: randomUUID() })).toEqual([404, 'not_found'])
    expect(await ask(writer, named)).toEqual([400, 'invalid'])
    expect(await ask(reader)).toEqual([400, 'invalid'])
    expect(await ask(reader, ...Array.from({ length: 11 }, () => named))).toEqual([400, 'invalid'])
    expect(await ask(reader, { ...named, text: 'x'.repeat(4_097) })).toEqual([400, 'invalid'])
  })
})

describe('reports', () => {
  test('of a user or conversation need one that exists and that the reporter may know of', async () => {
    const { from, reader, conversationId } = await written()
    const stranger = await createCaller(running, 'passer-by')
    const ask = async (call: Caller, about: object) => (await call('POST', '/reports', reportOf(about))).status
    expect(await ask(reader, { kind: 'user', userId: from })).toBe(200)
    expect(await ask(reader, { kind: 'user', userId: 'nobody-at-all' })).toBe(404)
    expect(await ask(reader, { kind: 'conversation', conversationId })).toBe(200)
    expect(await ask(stranger, { kind: 'conversation', conversationId })).toBe(404)
    expect(await ask(stranger, { kind: 'conversation', conversationId: randomUUID() })).toBe(404)
  })

  test('are stored once under one id, which no other user can take', async () => {
    const { from, reader, writer } = await written()
    const report = reportOf({ kind: 'user', userId: from })
    const before = (await open()).length
    for (let time = 0; time < 3; time += 1) expect((await reader('POST', '/reports', report)).status).toBe(200)
    expect((await open()).length).toBe(before + 1)
    expect((await writer('POST', '/reports', report)).body).toMatchObject({
      code: 'invalid',
      details: { field: 'reportId' },
    })
  })

  test('are limited for each device, and for each user over all devices', async () => {
    const { from } = await written()
    const devices = await Promise.all(['one', 'two', 'three'].map((device) => createCaller(running, 'flooder', device)))
    const statuses: number[][] = []
    for (const call of devices) {
      const own: number[] = []
      for (let time = 0; time < 11; time += 1)
        own.push((await call('POST', '/reports', reportOf({ kind: 'user', userId: from }))).status)
      statuses.push(own)
    }
    const taken = statuses.map((own) => own.filter((status) => status === 200).length)
    expect(taken).toEqual([10, 10, 0])
    expect(new Set(statuses.flat())).toEqual(new Set([200, 429]))
  })

  test('have no automatic effect, however many users report the same', async () => {
    const { from, writer } = await written()
    for (let one = 0; one < 30; one += 1) {
      const call = await createCaller(running, `mob-${one}`)
      expect((await call('POST', '/reports', reportOf({ kind: 'user', userId: from }))).status).toBe(200)
    }
    expect((await writer('GET', '/me')).status).toBe(200)
    expect((await root('GET', `/admin/users/${from}`)).body).toMatchObject({ status: 'active' })
  })

  test('are handled in a queue, with each step in the audit, including reading', async () => {
    const { from, reader } = await written()
    const report = reportOf({ kind: 'user', userId: from }, { note: 'a secret of mine' })
    const { reportId } = report
    await reader('POST', '/reports', report)
    const listed = (await open()).find((one: { reportId: string }) => one.reportId === reportId)
    expect(Object.keys(listed)).not.toContain('note')
    await root('GET', `/admin/reports/${reportId}`)
    expect((await root('POST', `/admin/reports/${reportId}/claim`)).status).toBe(200)
    const claimed = (await root('GET', '/admin/reports?status=claimed')).body.items
    expect(claimed).toContainEqual(expect.objectContaining({ reportId, handledBy: 'root' }))
    const path = `/admin/reports/${reportId}/resolution?reason=abuse`
    expect((await root('POST', path, { outcome: 'warned' })).status).toBe(200)
    const resolved = (await root('GET', '/admin/reports?status=resolved')).body.items
    expect(resolved).toContainEqual(expect.objectContaining({ reportId, outcome: 'warned', handledBy: 'root' }))
    const { items } = (await root('GET', '/admin/audit?limit=3')).body
    expect(items).toMatchObject([
      { act: 'resolve_report', reportId, userId: from, outcome: 'warned', reason: 'abuse' },
      { act: 'claim_report', reportId, userId: from },
      { act: 'read_report', reportId, userId: from },
    ])
    const told = await running.log.readStream({ stream: 'audit-acts', limit: 1_000 })
    expect(JSON.stringify(told.map(({ data }) => data))).not.toContain('secret')
    for (const [method, url] of [
      ['GET', `/admin/reports/${randomUUID()}`],
      ['POST', `/admin/reports/${randomUUID()}/claim`],
    ] as const)
      expect((await root(method, url)).status).toBe(404)
  })

  test('are listed in pages, each once', async () => {
    const all = (await open()).map(({ reportId }: { reportId: string }) => reportId)
    const paged: string[] = []
    let cursor: string | undefined
    do {
      const { body } = await root('GET', `/admin/reports?limit=3${cursor === undefined ? '' : `&cursor=${cursor}`}`)
      paged.push(...body.items.map(({ reportId }: { reportId: string }) => reportId))
      cursor = body.cursor
    } while (cursor !== undefined)
    expect(paged).toEqual(all)
  })
})

describe('feedback', () => {
  test('reaches admins once, and the audit records who has read it', async () => {
    const pat = await createCaller(running, 'pat')
    const feedback = { feedbackId: randomUUID(), text: 'More cats, please.' }
    for (let time = 0; time < 2; time += 1) expect((await pat('POST', '/feedback', feedback)).status).toBe(200)
    const { items } = (await root('GET', '/admin/feedback')).body
    expect(items).toMatchObject([{ userId: 'pat', ...feedback }])
    await expect
      .poll(async () => (await root('GET', '/admin/audit?limit=1')).body.items)
      .toMatchObject([{ act: 'read_feedback', by: { userId: 'root' } }])
    expect((await pat('POST', '/feedback', { ...feedback, text: '' })).status).toBe(400)
    expect((await pat('POST', '/feedback', { ...feedback, text: 'x'.repeat(4_001) })).status).toBe(400)
    expect((await pat('POST', '/feedback', { ...feedback, text: 'a\u0000b' })).status).toBe(400)
  })

  test('is limited', async () => {
    const pet = await createCaller(running, 'pet')
    const ask = () => pet('POST', '/feedback', { feedbackId: randomUUID(), text: 'again' })
    const answers: number[] = []
    for (let time = 0; time < 7; time += 1) answers.push((await ask()).status)
    expect(answers).toEqual([200, 200, 200, 200, 200, 429, 429])
  })
})
