import { describe, expect, it } from 'vitest'
import { bytes, conversationEvents, eventually, live, record, sealedIn } from '../../../support/client/client-world.ts'
import {
  createFileStores,
  createIndexedDbStores,
  type SearchedStores,
} from '../../../support/client/searched-stores.ts'
import { type UsedClientWorld, useClientWorld } from '../../../support/client/use-client-world.ts'
import { holds } from '../../../support/server/base64-search.ts'
import { filesOf as filesBelow } from '../../../support/server/canary.ts'

const collected = async (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> => {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return all
}

/** Words of eight letters at least: they are looked for in base64 as well. */
const canaries = ['canary-of-the-text', 'canary-of-the-edit', 'canary-of-another-edit', 'canary-of-a-reaction']

const deletions = (log: ReturnType<typeof record> | undefined) =>
  conversationEvents(log ?? []).filter(({ type }) => type === 'deletion').length

/** People with stores that are looked into. */
const createPeople = (world: UsedClientWorld, stores: SearchedStores) => {
  const withStore = (user: string, options = {}) =>
    world.client(user, 'phone', { store: stores.open(user), ...options })
  const wordsIn = async (...names: readonly string[]) => {
    const found = await Promise.all(names.map(stores.content))
    return (words: string) => found.some((content) => holds(content, bytes(words)))
  }
  const gone = async (user: string) => {
    const giveUpAt = Date.now() + 15_000
    /** A second after the write. */
    const isLeft = async () => {
      const left = await wordsIn(user)
      return canaries.some((words) => left(words))
    }
    while (await isLeft()) {
      if (Date.now() > giveUpAt) throw new Error(`It did not go: ${user}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** Two people who have said what is looked for, with a message that stays. */
  const talk = async (ann: string, bob: string, options = {}) => {
    const [a, b] = await Promise.all([withStore(ann), withStore(bob, options)])
    const logs = [record(a), record(b)]
    await Promise.all([a, b].map(live))
    const [text = '', edit = '', other = '', reaction = ''] = canaries
    const to = { user: bob }
    const sent = await a.send(to, { text })
    await a.edit(to, sent, { text: edit })
    await a.edit(to, sent, { text: other })
    await eventually(
      () => conversationEvents(logs[1] ?? []).filter(({ type }) => type === 'edit').length === 2,
      'edits',
    )
    await b.react(sent.conversationId, sent, { emoji: reaction })
    const { revision } = await a.send(to, { text: 'words-that-stay-here' })
    const seen = () => logs.every((log) => conversationEvents(log).some(({ event }) => event.revision === revision))
    await eventually(seen, 'everything at both')
    return { a, b, logs, sent, to }
  }
  return { withStore, wordsIn, gone, talk }
}

const kinds: readonly (readonly [name: string, create: (world: UsedClientWorld) => SearchedStores])[] = [
  ['a file', (world) => createFileStores((name) => world.storePath(`${name}.journal`))],
  ['IndexedDB', () => createIndexedDbStores()],
]

describe.each(kinds)('What was deleted or has expired, with stores in %s', (kind, createStores) => {
  const world = useClientWorld()
  const stores = createStores(world)
  const { withStore, wordsIn, gone, talk } = createPeople(world, stores)

  it('is in no store of a device, with all edits and reactions, once the deletion has come in', async () => {
    const { a, logs, sent, to } = await talk('ann', 'bob')
    const isThere = await wordsIn('ann', 'bob')
    expect(canaries.filter((words) => isThere(words))).toEqual(canaries)
    await a.delete(to, sent)
    await eventually(() => logs.every((log) => deletions(log) === 1), 'the deletion at both')
    await eventually(() => a.pending() === 0, 'nothing waits')
    for (const user of ['ann', 'bob']) {
      await gone(user)
      expect((await wordsIn(user))('words-that-stay-here')).toBe(true)
    }
  })

  it('is not in what is exported, and does not come back with an archive from before', async () => {
    const { a, b, logs, sent, to } = await talk('cid', 'dan')
    const { key, data } = b.exportHistory()
    const archive = await collected(data)
    const tablet = await world.client('dan', 'tablet', { store: stores.open('tablet') })
    await a.delete(to, sent)
    await eventually(() => deletions(logs[1]) === 1, 'the deletion')
    await live(tablet)
    await b.importHistory(key, archive)
    await tablet.importHistory(key, archive)
    for (const user of ['dan', 'tablet']) await gone(user)
    expect((await wordsIn('tablet'))('words-that-stay-here')).toBe(true)
    const again = b.exportHistory()
    const third = await world.client('dan', 'watch', { store: stores.open('watch') })
    await live(third)
    expect(await third.importHistory(again.key, await collected(again.data))).toBe(1)
  })

  it('is deleted also on a device that was away then', async () => {
    const { a, b, sent, to } = await talk('eve', 'fay')
    await b.close()
    await a.delete(to, sent)
    const back = await withStore('fay')
    const log = record(back)
    await live(back)
    await eventually(() => deletions(log) === 1, 'the deletion')
    await gone('fay')
  })

  // What the server keeps does not depend on the stores.
  it.runIf(kind === 'a file')(
    'is on no disk once it has expired, and stays away when the retention is taken back',
    {
      timeout: 90_000,
    },
    async () => {
      const { a, b, logs, sent, to } = await talk('ivy', 'jan')
      const sealed = sealedIn(logs[1] ?? [])
      expect(sealed.length).toBe(5)
      const onDisk = async () => {
        const files = [...(await filesBelow(world.directory)).values()]
        return sealed.filter((text) => files.some((file) => file.includes(text))).length
      }
      expect(await onDisk()).toBe(5)
      await a.setRetention(sent.conversationId, 1)
      const told = () =>
        logs.every((log) => conversationEvents(log).some(({ event }) => event.type === 'MessagesExpired'))
      await eventually(told, 'the expiry at both', 30_000)
      await a.setRetention(sent.conversationId, null)
      const stays = await a.send(to, { text: 'words-after-the-retention' })
      const served = async () => {
        const seqs: number[] = []
        for await (const { seq, ciphertext } of b.history(sent.conversationId)) if (ciphertext !== null) seqs.push(seq)
        return seqs
      }
      await expect.poll(served, { timeout: 10_000 }).toEqual([stays.seq])
      const giveUpAt = Date.now() + 40_000
      while ((await onDisk()) > 0 && Date.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 200))
      expect(await onDisk()).toBe(0)
      await gone('ivy')
      await gone('jan')
      const expiries = conversationEvents(logs[0] ?? []).filter(({ event }) => event.type === 'MessagesExpired')
      expect(expiries).toHaveLength(1)
      await world.restart()
    },
  )

  it('is dropped by each device by itself when the time of the conversation is over, while it runs and at its start without a connection', async () => {
    const { a, b, logs, sent } = await talk('gus', 'hal')
    await a.setRetention(sent.conversationId, 2)
    const told = () => conversationEvents(logs[1] ?? []).some(({ event }) => event.type === 'RetentionChanged')
    await eventually(told, 'the retention')
    await b.close()
    await gone('gus')
    const isThere = await wordsIn('hal')
    expect(canaries.filter((words) => isThere(words))).toEqual(canaries)
    const back = await withStore('hal', { url: 'http://127.0.0.1:1' })
    back.start()
    await gone('hal')
  })
})
