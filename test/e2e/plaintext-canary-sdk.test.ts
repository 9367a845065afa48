import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../packages/client/src/api/client-api.ts'
import type { ClientEvent } from '../../packages/client/src/events/client-events.ts'
import { createClient } from '../../packages/client/src/runtime/create-client.ts'
import { createFileStore } from '../../packages/client/src/stores/file/file-store.ts'
import { importStoreKey } from '../../packages/client/src/stores/store-key.ts'
import { bytes, conversationEvents, eventually, record } from '../support/client/client-world.ts'
import { canary, canaryText, filesOf, findText } from '../support/server/canary.ts'
import { openServer, type ServerProcess } from '../support/server/process.ts'
import { openTokens } from '../support/server/tokens.ts'

let server: ServerProcess
let stores: string
const running: BackscrollClient[] = []

beforeAll(async () => {
  server = await openServer({ env: { BACKSCROLL_LOG_LEVEL: 'trace' } })
  await server.start()
  stores = await mkdtemp(join(tmpdir(), 'backscroll-stores-'))
})
afterAll(async () => {
  await Promise.all(running.map((client) => client.close()))
  await server.discard()
  await rm(stores, { recursive: true, force: true })
})

/** A device with its store in a file, encrypted if there is a secret. */
const open = async (userId: string, secret?: Buffer): Promise<BackscrollClient> => {
  const tokens = await openTokens(server.directory)
  const client = await createClient({
    url: server.url,
    token: () => tokens(userId, 'phone'),
    userId,
    deviceId: 'phone',
    store: createFileStore(join(stores, userId)),
    ...(secret !== undefined && { storeKey: await importStoreKey(secret) }),
    random: () => 0.1,
  })
  running.push(client)
  client.start()
  return client
}

/** Where the canary stands: in the server's files, in what it printed, or in the clients' stores. */
const whereIsCanary = async (): Promise<readonly string[]> => {
  const places = [...(await filesOf(server.directory)), ...(await filesOf(stores))]
  return findText(canary, new Map([...places, ['logs', Buffer.from(server.output())]]))
}

/** Contents that hold the canary, of what the application was handed. */
const readable = (log: readonly ClientEvent[]): readonly string[] =>
  conversationEvents(log).flatMap(({ type, plaintext, content }) => {
    const held = [Buffer.from(plaintext ?? []).toString(), JSON.stringify(content ?? null)]
    return held.some((text) => text.includes(canary)) ? [type] : []
  })

const sendEverything = async (from: BackscrollClient, to: string): Promise<void> => {
  const text = { text: canaryText }
  const sent = await from.send({ user: to }, text)
  const { conversationId: id } = sent
  await from.edit(id, sent, text)
  await from.reply(id, sent, text)
  await from.react(id, sent, { emoji: canaryText })
  const file = await from.uploadFile(bytes(canaryText), { name: canaryText, contentType: 'text/plain' })
  await from.send(id, { ...text, attachments: [file] })
  await from.send(id, bytes(canaryText))
  const texts = { name: canaryText, description: canaryText }
  const group = from.createGroup({ members: [to], ...texts })
  await group.done
  await from.rename(group.conversationId, canaryText)
  await from.describe(group.conversationId, canaryText)
}

/** Names and descriptions that hold the canary, of what the application was handed. */
const readableTexts = (log: readonly ClientEvent[]): number =>
  log
    .flatMap((event) => (event.type === 'details' ? [event.name, event.description] : []))
    .filter((text) => text?.includes(canaryText)).length

describe('what the SDK encrypts', () => {
  it('[P5] is readable to the devices it is for, and in no file and no log, also when server and clients are ended in between', async () => {
    const [annsSecret, bobsSecret] = [randomBytes(32), randomBytes(32)]
    const [ann, bob] = [await open('ann', annsSecret), await open('bob', bobsSecret)]
    await Promise.all([ann, bob].map((client) => client.whenLive()))
    const [annsLog, bobsLog] = [record(ann), record(bob)]
    await sendEverything(ann, 'bob')
    await eventually(() => readable(bobsLog).length === 6, 'all of it')
    await eventually(() => readableTexts(bobsLog) >= 2, 'name and description of the group')
    expect(readable(bobsLog)).toEqual(['message', 'edit', 'message', 'reaction', 'message', 'message'])
    await sendEverything(bob, 'ann')
    await eventually(() => readable(annsLog).length === 12, 'the answers')
    expect(await whereIsCanary()).toEqual([])

    await server.stop('SIGKILL')
    const waiting = ann.send({ user: 'bob' }, { text: canaryText }).catch(() => undefined)
    await ann.close()
    await waiting
    expect(await whereIsCanary()).toEqual([])

    await server.start()
    const again = await open('ann', annsSecret)
    await again.whenLive()
    await eventually(() => readable(bobsLog).length === 13, 'what was given while the server was away')
    await Promise.all([again, bob].map((client) => client.close()))
    expect(await server.stop('SIGTERM')).toBe(0)
    expect(await whereIsCanary()).toEqual([])
  }, 60_000)

  it('would be found in the store of a client that has no key for it', async () => {
    await server.start()
    const cid = await open('cid')
    await cid.whenLive()
    await cid.send({ user: 'bob' }, { text: canaryText })
    await cid.close()
    expect(await whereIsCanary()).toContainEqual(expect.stringMatching(/^cid: /))
  })
})
