import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PendingCommand } from '../../../packages/client/src/commands/pending-commands.ts'
import type { Attachment } from '../../../packages/client/src/content/attachment.ts'
import { createFileStore } from '../../../packages/client/src/stores/file/file-store.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { randomOf } from '../../support/chaos/steps.ts'
import {
  conversationEvents,
  eventsOfType,
  eventually,
  live,
  messageTexts,
  record,
} from '../../support/client/client-world.ts'
import { useClientWorld } from '../../support/client/use-client-world.ts'

const world = useClientWorld()
const mib = 1024 * 1024

const all = async (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const received = (log: ReturnType<typeof record>): readonly Attachment[] =>
  conversationEvents(log).flatMap(({ type, content }) =>
    type === 'message' && content?.type === 'attachment' ? content.body.attachments : [],
  )

type Request = { readonly method: string; readonly path: string; readonly bytes: Uint8Array | undefined }
type Go = (init?: RequestInit) => Promise<Response>

/** A way to the server on which requests about files are changed by `bend`. */
const bentFetch =
  (bend: (request: Request, go: Go) => Promise<Response>): typeof fetch =>
  (input, init = {}) => {
    const { pathname: path } = new URL(String(input))
    const go: Go = (changes = {}) => fetch(input, { ...init, ...changes })
    const bytes = init.body instanceof Uint8Array ? init.body : undefined
    return path.startsWith('/media/') ? bend({ method: init.method ?? 'GET', path, bytes }, go) : go()
  }

/** Sends the first bytes of a body, and breaks off. */
const brokenOff = (bytes: Uint8Array, after: number): RequestInit => {
  let at = 0
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (at >= after) return controller.error(new TypeError('the line was cut'))
      const next = bytes.subarray(at, Math.min(after, at + 64 * 1024))
      at += next.length
      controller.enqueue(next)
    },
  })
  return { body, duplex: 'half' } as RequestInit
}

/** Holds back what it is asked to, until it is opened. */
const createGate = () => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

describe('Messages with files', () => {
  it('are sent when their files are there; what is written later does not wait for them', async () => {
    const gate = createGate()
    const ann = await world.client('ann', 'phone', {
      fetch: bentFetch(async ({ method }, go) => {
        if (method === 'PATCH') await gate.opened
        return go()
      }),
    })
    const bob = await world.client('bob', 'phone')
    const log = record(bob)
    for (const client of [ann, bob]) await live(client)
    const timeline = ann.views.timeline({ user: 'bob' })
    timeline.subscribe(() => {})
    const photo = randomBytes(300_000)
    const files = [new File([photo], 'photo.bin', { type: 'image/png' }), { data: randomBytes(10), name: 'notes.txt' }]
    const sent = ann.send({ user: 'bob' }, { text: 'look', files })
    const shown = () =>
      timeline.snapshot().entries.map(({ text, state, upload }) => [text, state, upload?.files.length])
    await eventually(() => shown().length === 1, 'the echo')
    expect(shown()).toEqual([['look', 'sending', 2]])
    await ann.send({ user: 'bob' }, { text: 'later' })
    await eventually(() => messageTexts(log).length === 1, 'the later message')
    gate.open()
    await sent
    await eventually(() => received(log).length === 2, 'the message with its files')
    expect(messageTexts(log)).toEqual(['later', 'look'])
    expect(received(log)).toMatchObject([
      { name: 'photo.bin', contentType: 'image/png', size: photo.length },
      { name: 'notes.txt', contentType: 'application/octet-stream', size: 10 },
    ])
    const [first] = received(log)
    if (first === undefined) throw new Error('no file')
    expect((await all(bob.openFile(first))).equals(photo)).toBe(true)
    await eventually(() => shown().every(([, , upload]) => upload === undefined), 'the end of the upload')
    expect(timeline.snapshot().entries.map(({ text }) => text)).toEqual(['later', 'look'])
    timeline.close()
  })

  it('can be paused, resumed and withdrawn, and nothing of a withdrawn one is left on the device or sent', async () => {
    const store = createMemoryStore()
    let deleted = 0
    const cat = await world.client('cat', 'phone', {
      store,
      fetch: bentFetch(async ({ method }, go) => {
        if (method === 'DELETE') deleted += 1
        return go()
      }),
    })
    const dan = await world.client('dan', 'phone')
    const log = record(dan)
    for (const client of [cat, dan]) await live(client)
    const { conversationId } = await cat.send({ user: 'dan' }, { text: 'hi' })
    const states: PendingCommand['state'][] = []
    let paused: Promise<void> | undefined
    cat.on('pending_command', ({ command: { messageId, state } }) => {
      if (state.name !== 'waiting_for_files') return
      states.push(state)
      // Paused as soon as something has arrived.
      if (state.files.some(({ sent }) => sent > 0)) paused ??= cat.pauseUpload(conversationId, messageId)
    })
    const outcome = cat.send(conversationId, { files: [{ data: randomBytes(6 * mib) }] }).catch(({ code }) => code)
    await eventually(() => paused !== undefined, 'the first bytes')
    await paused
    const [pending] = cat.pendingCommands(conversationId)
    expect(pending).toMatchObject({ kind: 'message', state: { name: 'waiting_for_files', isPaused: true } })
    expect(cat.pendingCommands(conversationId)).toHaveLength(1)
    expect(cat.pending(conversationId)).toBeGreaterThan(0)
    const { messageId = '' } = pending ?? {}
    await cat.resumeUpload(conversationId, messageId)
    expect(await outcome).toMatchObject({ messageId })
    await eventually(() => received(log).length === 1, 'the file')

    cat.on('pending_command', ({ command }) => {
      if (command.state.name === 'waiting_for_files') void cat.pauseUpload(conversationId, command.messageId)
    })
    const other = cat.send(conversationId, { files: [{ data: randomBytes(2 * mib) }] }).catch(({ code }) => code)
    const held = () => cat.pendingCommands(conversationId).find(({ state }) => 'isPaused' in state && state.isPaused)
    await eventually(() => held() !== undefined, 'the pause')
    await cat.withdraw(conversationId, held()?.messageId ?? '')
    expect(await other).toBe('withdrawn')
    expect(cat.pendingCommands()).toEqual([])
    expect(await store.files?.list()).toEqual([])
    await cat.send(conversationId, { text: 'end' })
    await eventually(() => messageTexts(log).includes('end'), 'the end')
    expect(received(log)).toHaveLength(1)
    expect(deleted).toBeLessThanOrEqual(1)
  })

  it('fail by what the server says of a file, and by `file_unreadable` when the copy is lost, and can be retried', async () => {
    const store = createMemoryStore()
    let isFull = true
    let isForgotten = false
    let begun = 0
    let first = ''
    const eli = await world.client('eli', 'phone', {
      store,
      fetch: bentFetch(async ({ method, path }, go) => {
        if (method === 'HEAD' && isForgotten && path === first) {
          isForgotten = false
          return new Response(null, { status: 404 })
        }
        if (method === 'PATCH' && first === '') first = path
        if (method === 'POST') begun += 1
        if (method !== 'POST' || !isFull || begun === 1) return go()
        return Response.json({ code: 'media_full', detail: 'full', temporary: false }, { status: 403 })
      }),
    })
    const log = record(eli)
    await live(eli)
    await world.enrol('flo')
    const { conversationId } = await eli.send({ user: 'flo' }, { text: 'hi' })
    const timeline = eli.views.timeline(conversationId)
    timeline.subscribe(() => {})
    const failed = () => timeline.snapshot().entries.filter(({ state }) => state === 'failed')
    const files = [{ data: randomBytes(50) }, { data: randomBytes(100) }]
    await expect(eli.send(conversationId, { files })).rejects.toMatchObject({ code: 'media_full' })
    await eventually(() => failed().length === 1, 'the failed message')
    expect(log.filter(({ type }) => type === 'failed')).toMatchObject([{ code: 'media_full' }])
    expect(failed()).toMatchObject([
      { failure: { code: 'media_full' }, upload: { files: [{ sent: 73 }, { sent: 0 }] } },
    ])
    const [, copy = ''] = (await store.files?.list()) ?? []
    const piece = await store.files?.get(copy, 0)
    await store.files?.remove(copy)
    isFull = false
    await failed()[0]?.retry?.()
    await eventually(() => log.filter(({ type }) => type === 'failed').length === 2, 'the second failure')
    expect(log.filter(({ type }) => type === 'failed')[1]).toMatchObject({ code: 'file_unreadable' })
    await store.files?.put(copy, 0, piece ?? new Uint8Array())
    // The server removes what no message has named for a day: the first file is uploaded again.
    const before = begun
    isForgotten = true
    await failed()[0]?.retry?.()
    const states = () => timeline.snapshot().entries.map(({ state, upload }) => `${state} ${upload?.files.length ?? 0}`)
    await eventually(() => states().join() === 'sent 0,sent 0', 'the retried message')
    expect(begun).toBe(before + 1)
    timeline.close()
  })

  it('that cannot be read, fit or stored are refused before anything is stored', async () => {
    const gus = await world.client('gus', 'phone')
    await live(gus)
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield randomBytes(10)
      throw new Error('the disk is gone')
    }
    const send = (files: Parameters<typeof gus.send>[1]) => gus.send({ user: 'nobody' }, files)
    await expect(send({ files: [{ data: broken(), size: 20 }] })).rejects.toMatchObject({ code: 'file_unreadable' })
    await expect(send({ files: [] })).rejects.toMatchObject({ code: 'invalid' })
    await expect(send({ text: 'x'.repeat(60_000), files: [new Blob(['a'])] })).rejects.toMatchObject({
      code: 'too_large',
    })
    expect(gus.pendingCommands()).toEqual([])
    const { files: _files, ...bare } = createMemoryStore()
    const hal = await world.client('hal', 'phone', { store: bare })
    await live(hal)
    await expect(hal.send({ user: 'gus' }, { files: [new Blob(['a'])] })).rejects.toMatchObject({
      code: 'unsupported_platform',
    })
  })

  it('survive cuts after random bytes and restarts of the client: one file, whole, and hardly a byte is sent twice', async () => {
    const ivy = await world.client('ivy', 'phone')
    const log = record(ivy)
    await live(ivy)
    const media = join(world.directory, 'media')
    const before = new Set(await readdir(media, { recursive: true }))
    const bytes = randomBytes(10 * mib)
    const path = world.storePath('jan')
    for (const seed of [1, 2]) {
      const random = randomOf(seed)
      const counts = { sent: 0, cuts: 0, begun: 0 }
      const restarts = new Set([2, 4])
      const bend: Parameters<typeof bentFetch>[0] = async ({ method, bytes: body }, go) => {
        if (method === 'POST') counts.begun += 1
        if (method !== 'PATCH' || body === undefined) return go()
        // Nothing comes after it before the client is opened again.
        if (restarts.delete(counts.cuts)) return new Promise(() => {})
        const isCut = counts.cuts < 6
        const after = isCut ? 1 + Math.floor(random() * (body.length - 1)) : body.length
        counts.sent += after
        if (!isCut) return go()
        counts.cuts += 1
        return go(brokenOff(body, after))
      }
      const open = () =>
        world.client('jan', 'phone', { store: createFileStore(path), fetch: bentFetch(bend), random: () => 0.01 })
      let jan = await open()
      await live(jan)
      const messageId = crypto.randomUUID()
      jan.send({ user: 'ivy' }, { files: [{ data: bytes, name: `${seed}.bin` }] }, { messageId }).catch(() => {})
      for (const left of [1, 0]) {
        await eventually(() => restarts.size === left, 'cuts')
        await jan.close()
        jan = await open()
        await live(jan)
      }
      const arrived = () => received(log).find(({ name }) => name === `${seed}.bin`)
      await eventually(() => arrived() !== undefined, 'the file')
      const attachment = arrived()
      if (attachment === undefined) throw new Error('no file')
      expect((await all(ivy.openFile(attachment))).equals(bytes)).toBe(true)
      expect(counts.begun).toBe(1)
      expect(counts.sent - bytes.length).toBeLessThan(mib * counts.cuts)
      await expect.poll(() => createFileStore(path).files?.list()).toEqual([])
      await jan.close()
    }
    expect(received(log)).toHaveLength(2)
    expect(eventsOfType(log, 'MessageSent')).toHaveLength(2)
    const added = (await readdir(media, { recursive: true })).filter((name) => !before.has(name))
    expect(added.filter((name) => name.includes('/'))).toHaveLength(2)
  }, 60_000)
})
