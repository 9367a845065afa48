import { afterAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../../packages/client/src/api/client-api.ts'
import type { HistoryTransfer } from '../../../../packages/client/src/events/history-transfer.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { eventually, record } from '../../../support/client/client-world.ts'
import { createOwnDevices } from '../../../support/client/own-devices.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'

const transferHistory = true
type Fetch = typeof fetch

/** The state of each transfer as it was told. */
const statesOf = (client: BackscrollClient) => {
  const states: HistoryTransfer[] = []
  client.on('history_transfer', ({ transfer }) => states.push(transfer))
  return states
}
const until = (states: readonly HistoryTransfer[], name: HistoryTransfer['name']) =>
  eventually(() => states.some((one) => one.name === name), `the transfer is ${name}`)

const all = async <Item>(source: AsyncIterable<Item>): Promise<readonly Item[]> => {
  const items: Item[] = []
  for await (const item of source) items.push(item)
  return items
}

const historyOf = async (client: BackscrollClient, conversationId: string) => {
  const found = await all(client.history(conversationId, { after: 0 }))
  return found.map(({ content, deleted, reactions }) => ({
    text: content?.type === 'attachment' ? content.body.attachments[0]?.name : content?.body,
    isDeleted: deleted !== null,
    reactions: reactions.map((one) => one.content?.body),
  }))
}

/** Pieces are read from here. */
const isPiece = (input: Parameters<Fetch>[0], init: Parameters<Fetch>[1]): boolean =>
  (init?.method ?? 'GET') === 'GET' && /\/media\/[\w-]{32}$/.test(String(input))

describe('A device that has just been let in', () => {
  const world = useClientWorld()
  const { make, live, untilAsked, approve, close } = createOwnDevices(() => world)
  afterAll(close)

  it('gets messages, edits, reactions, deletions, files and names of all that its user has read', async () => {
    const ann = await live(await make('ann', 'phone', { transferHistory }))
    const bob = await live(await make('bob', 'phone'))
    await bob.profile.set({ name: 'Bobby' })
    const { conversationId: id } = await ann.send({ user: 'bob' }, { text: 'one' })
    const heard = record(ann)
    const two = await bob.send(id, { text: 'two' })
    await eventually(() => heard.some((event) => event.type === 'message'), 'the second message')
    const three = await ann.send(id, { text: 'three' })
    const gone = await ann.send(id, { text: 'gone' })
    await ann.edit(id, three, { text: 'three, corrected' })
    await ann.react(id, two, { emoji: '👍' })
    await ann.delete(id, gone)
    const file = await ann.uploadFile(new TextEncoder().encode('a plan'), { name: 'plan.txt' })
    await ann.send(id, { attachments: [file] })
    await eventually(() => ann.names.of('bob') === 'Bobby', 'the name')

    const laptop = await make('ann', 'laptop', { transferHistory })
    const states = statesOf(laptop)
    await approve(ann, laptop)
    await until(states, 'done')
    expect(await historyOf(laptop, id)).toEqual(await historyOf(ann, id))
    expect((await historyOf(laptop, id)).map(({ text }) => text)).toEqual([
      ...[{ text: 'one' }, { text: 'two' }, { text: 'three, corrected' }, undefined, 'plan.txt'],
    ])
    expect(laptop.names.of('bob')).toBe('Bobby')
    const opened = await all(laptop.openFile(file))
    expect(Buffer.concat(opened).toString()).toBe('a plan')
    expect(states[0]?.name).toBe('waiting')
    expect(await laptop.historyTransfer.state()).toMatchObject({ name: 'done' })
  }, 40_000)

  describe('with a long history', () => {
    const texts = Array.from({ length: 60 }, (_, index) => `${index} `.padEnd(30_000, 'x'))
    const phoneStore = createMemoryStore()
    let id = ''
    let recoveryKey = ''
    const read = async (client: BackscrollClient) =>
      (await all(client.history(id, { after: 0 }))).map(({ content }) => content?.type === 'text' && content.body.text)
    /** Lets some requests through, and then none: what a closed client had begun is not finished either. */
    const cutting = (isCounted: (...request: Parameters<Fetch>) => boolean, through: number) => {
      const seen = { count: 0 }
      const cut: Fetch = async (...request) => {
        if (!isCounted(...request)) return fetch(...request)
        if (seen.count >= through) throw new TypeError('cut')
        const response = await fetch(...request)
        if (response.ok) seen.count += 1
        return response
      }
      return { seen, fetch: cut }
    }
    const comeIn = async (deviceId: string, options: Parameters<typeof make>[2]) => {
      const device = await make('cyd', deviceId, { transferHistory, ...options })
      const states = statesOf(device)
      await untilAsked(device)
      await device.recover(recoveryKey)
      await device.whenLive()
      return { device, states }
    }

    it('waits while no older device is online, and goes on after cuts and restarts of both', async () => {
      const phone = await live(await make('cyd', 'phone', { store: phoneStore }))
      await live(await make('dan', 'phone'))
      ;({ conversationId: id } = await phone.send({ user: 'dan' }, { text: texts[0] ?? '' }))
      for (const text of texts.slice(1)) await phone.send(id, { text })
      recoveryKey = await phone.createRecoveryKey()
      await phone.close()

      const store = createMemoryStore()
      const downloads = cutting(isPiece, 1)
      const { device, states } = await comeIn('laptop', { store, fetch: downloads.fetch })
      expect(await device.historyTransfer.state()).toMatchObject({ name: 'waiting' })
      expect(states.map(({ name }) => name)).toEqual(['waiting'])

      const isUpload = (input: Parameters<Fetch>[0]) => String(input).endsWith('/media/upload')
      const [uploads, moreUploads] = [cutting(isUpload, 1), cutting(isUpload, Number.POSITIVE_INFINITY)]
      const again = { store: phoneStore, transferHistory }
      const cutPhone = await live(await make('cyd', 'phone', { ...again, fetch: uploads.fetch }))
      await eventually(() => states.some((one) => one.name === 'receiving' && one.pieces === 1), 'the first piece')
      await cutPhone.close()
      await live(await make('cyd', 'phone', { ...again, fetch: moreUploads.fetch }))
      await eventually(
        () => states.some((one) => one.name === 'receiving' && one.isComplete),
        'the last piece is there',
      )
      expect(downloads.seen.count).toBe(1)
      await device.close()

      const moreDownloads = cutting(isPiece, Number.POSITIVE_INFINITY)
      const laptop = await make('cyd', 'laptop', { store, transferHistory, fetch: moreDownloads.fetch })
      const more = statesOf(laptop)
      await live(laptop)
      await until(more, 'done')
      expect(await read(laptop)).toEqual(texts)
      const done = states.findLast((one) => one.name === 'receiving')
      expect(done).toMatchObject({ isComplete: true })
      // Each piece was sent once and fetched once, whatever was cut.
      const pieces = done?.name === 'receiving' ? done.uploaded : 0
      expect([uploads, downloads].map(({ seen }) => seen.count)).toEqual([1, 1])
      expect([moreUploads, moreDownloads].map(({ seen }) => seen.count)).toEqual([pieces - 1, pieces - 1])
      expect(pieces).toBeGreaterThan(2)
    }, 60_000)

    it.each([
      ['swaps two pieces', 'piece', ([one, other, ...pieces]: object[]) => [other, one, ...pieces]],
      ['cuts off the last piece', 'truncated', (pieces: object[]) => pieces.slice(0, -1)],
    ])(
      'warns of a server that %s, and begins anew',
      async (_what, reason, lie) => {
        let isLying = true
        const lying: Fetch = async (input, init) => {
          const response = await fetch(input, init)
          const path = new URL(String(input)).pathname
          if (!isLying || !/^\/archives\/[\w-]+(\/pieces)?$/.test(path) || init?.method === 'DELETE') return response
          const told = await response.json()
          if (Array.isArray(told.pieces)) {
            const [first] = told.pieces
            told.pieces = lie(told.pieces).map((one, index) => ({ ...one, piece: first.piece + index }))
          } else told.pieces = told.complete ? lie(Array.from({ length: told.pieces }, Object)).length : 0
          return Response.json(told, { headers: response.headers })
        }
        // Pieces that come one by one cannot be swapped, so the server hides them until all are there.
        const { device, states } = await comeIn(`with-${reason}`, { fetch: lying })
        const warned = record(device)
        await until(states, 'failed')
        expect(states.at(-1)).toMatchObject({ code: 'bad_archive', reason })
        await eventually(
          () => warned.some((event) => event.type === 'warning' && event.code === 'bad_archive'),
          'a warning',
        )
        isLying = false
        await device.historyTransfer.request()
        await until(states, 'done')
        expect(await read(device)).toEqual(texts)
      },
      60_000,
    )
  })
})
