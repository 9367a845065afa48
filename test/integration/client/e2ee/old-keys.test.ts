import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { applyChanges, type ClientStore } from '../../../../packages/client/src/stores/client-store.ts'
import { createFileStore } from '../../../../packages/client/src/stores/file/file-store.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { importStoreKey } from '../../../../packages/client/src/stores/store-key.ts'
import { bytes, conversationEvents, eventually, live, record } from '../../../support/client/client-world.ts'
import { secretsIn } from '../../../support/client/stored-secrets.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'
import { holds } from '../../../support/server/base64-search.ts'

/** Tells what the inner store has now. */
const watched = (inner: ClientStore) => {
  const now = new Map<string, unknown>()
  const store: ClientStore = {
    ...inner,
    write: async (changes) => {
      const copy = structuredClone(changes)
      await inner.write(changes)
      applyChanges(now, copy)
    },
  }
  return { store, now }
}

/** Without the device's key in the tree, which stays until it commits something itself. */
const outdated = (old: readonly Uint8Array[], now: ReadonlyMap<string, unknown>, conversationId: string) => {
  const used = new Set(secretsIn(now, conversationId).map((secret) => Buffer.from(secret).toString('hex')))
  const over = old.filter((secret) => !used.has(Buffer.from(secret).toString('hex')))
  expect(over.length).toBeGreaterThanOrEqual(old.length - 1)
  return over
}

const stringsOf = (records: ReadonlyMap<string, unknown>): string => JSON.stringify([...records])

describe('Keys of past epochs', () => {
  const world = useClientWorld()

  /** Ann has the store that is looked at; Bob's further devices and their removal make epochs. Answers what Ann had before them and has after. */
  const livesThroughEpochs = async (
    ann: string,
    bob: string,
    options: { store: ClientStore; storeKey?: CryptoKey },
  ) => {
    const [a, b] = await Promise.all([world.client(ann, 'phone', options), world.client(bob, 'phone')])
    const log = record(a)
    await Promise.all([a, b].map(live))
    const { conversationId } = await a.send({ user: bob }, bytes('one'))
    await b.send(conversationId, bytes('two'))
    await eventually(() => conversationEvents(log).some(({ own, type }) => !own && type === 'message'), 'an answer')
    const commits = () => log.filter((one) => 'event' in one && one.event.type === 'GroupCommitted').length
    const further = async (device: string) => {
      const before = commits()
      await live(await world.client(bob, device))
      await eventually(() => commits() > before, 'another epoch')
    }
    return { a, b, conversationId, further, log, commits }
  }

  const encrypted = async () => ({ storeKey: await importStoreKey(new Uint8Array(32).fill(7)) })

  it('are in no store once the group has gone on by commits', async () => {
    const { store, now } = watched(createMemoryStore())
    const { a, b, conversationId, further } = await livesThroughEpochs('ann', 'bob', { store })
    const old = secretsIn(now, conversationId)
    expect(old.filter((secret) => holds(stringsOf(now), secret)).length).toBe(old.length)
    await further('tablet')
    await further('laptop')
    await further('watch')
    await a.send(conversationId, bytes('three'))
    await eventually(() => a.pending() === 0, 'nothing waits')
    expect(outdated(old, now, conversationId).filter((secret) => holds(stringsOf(now), secret))).toEqual([])
    await b.send(conversationId, bytes('four'))
  })

  it('are not in the file of the file store', async () => {
    const path = world.storePath('plain.journal')
    const { store, now } = watched(createFileStore(path))
    const { conversationId, further, a } = await livesThroughEpochs('cid', 'dan', { store })
    const old = secretsIn(now, conversationId)
    const files = await Promise.all([path, `${path}-wal`].map((name) => readFile(name, 'latin1').catch(() => '')))
    expect(holds(files.join(''), old[0] ?? bytes('none'))).toBe(true)
    await further('tablet')
    await further('laptop')
    await further('watch')
    await a.close()
    const file = await readFile(path, 'latin1')
    expect(outdated(old, now, conversationId).filter((secret) => holds(file, secret))).toEqual([])
  })

  it('are not in the file of an encrypted one, whoever has its key', async () => {
    const path = world.storePath('sealed.journal')
    const { store, now } = watched(createFileStore(path))
    const { conversationId: _, further, a } = await livesThroughEpochs('eve', 'fay', { store, ...(await encrypted()) })
    const before = new Map(now)
    await further('tablet')
    await further('laptop')
    await a.close()
    const file = await readFile(path, 'latin1')
    const replaced = [...before].filter(([name, value]) => now.get(name) !== value)
    expect(replaced.length).toBeGreaterThan(3)
    expect(replaced.filter(([, value]) => file.includes(String(value)))).toEqual([])
  })
})
