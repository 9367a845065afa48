import { afterEach, describe, expect, it } from 'vitest'
import type { AccountsDatabase } from '../../../src/adapters/sql/database/accounts-database.ts'
import { openAccountsFile } from '../../../src/adapters/sql/database/open-sqlite.ts'
import type { EventLog, NewEvent, RecordedEvent } from '../../../src/ports/event-log.ts'
import { createDestroyBodyKeys } from '../../../src/processes/reactions/destroy-body-keys.ts'
import { startProcessManager } from '../../../src/processes/reactions/process-manager.ts'
import { createKurrentWorld } from '../../support/engines/kurrentdb-world.ts'
import { temporaryDirectory } from '../../support/event-log/directory.ts'
import { logEvent } from '../../support/event-log/events.ts'
import { sealedLog } from '../../support/event-log/sealed-log.ts'
import type { KurrentDouble } from '../../support/kurrentdb-double/double.ts'

const world = createKurrentWorld()
afterEach(() => world.dispose())

const stream = 'conversation-00000000-0000-4000-8000-000000000001'

interface Opened {
  readonly double: KurrentDouble
  readonly accounts: AccountsDatabase
  readonly log: EventLog
  readonly missing: string[]
  /** As another process opens it, which has no keys in its memory. */
  another(): Promise<EventLog>
}

const open = async (): Promise<Opened> => {
  const directory = temporaryDirectory()
  world.later(() => directory.remove())
  const accounts = await openAccountsFile({ directory: directory.path })
  world.later(() => accounts.close())
  const double = await world.double()
  const missing: string[] = []
  const another = async () =>
    sealedLog(await world.open(double.url), accounts.bodyKeys, (lacking) => missing.push(lacking))
  return { double, accounts, missing, log: await another(), another }
}

const canary = Buffer.from('the canary sings here, and nowhere else').toString('base64')
const message = (id: string, more: Partial<NewEvent> = {}) => logEvent(id, { body: canary, ...more })
const edit = (id: string, target: number) => message(id, { type: 'MessageEdited', target })
const reaction = (id: string, target: number) => message(id, { type: 'MessageReacted', target })

const deletion = (id: string, revision: number) =>
  logEvent(id, {
    type: 'MessageDeleted',
    body: null,
    target: revision,
    data: JSON.stringify({ target: { messageId: 'm', revision } }),
  })

const expiry = (id: string, from: number, upTo: number) =>
  logEvent(id, { type: 'MessagesExpired', body: null, data: JSON.stringify({ from, upTo }) })

const bodies = (events: readonly RecordedEvent[]) => events.map(({ body }) => body)
const read = (log: EventLog) => log.readStream({ stream, limit: 1000 })

/** What the worker of a cluster does with the log, up to its end. */
const destroy = async ({ log, accounts }: Pick<Opened, 'log' | 'accounts'>) => {
  const { react, types } = createDestroyBodyKeys(accounts.bodyKeys)
  for (const event of await log.readAll(0n, 10_000)) if (types.has(event.type)) await react(event)?.()
}

/** Everything that the server holds, as it lies there. */
const onServer = ({ store }: KurrentDouble): string =>
  store
    .visible()
    .map(({ data, metadata }) => `${Buffer.from(data)}${Buffer.from(metadata)}`)
    .join('\n')

const plainOf = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8')

describe('Bodies in the event log of a cluster', () => {
  it('are sealed where they stand, and read as they were, by every process', async () => {
    const { double, log, another } = await open()
    await log.append(
      stream,
      [message('a'), edit('b', 0), reaction('c', 0), logEvent('d', { body: 'no base64' })],
      'no_stream',
    )
    expect(bodies(await read(log))).toEqual([canary, canary, canary, 'no base64'])
    expect(await read(await another())).toEqual(await read(log))
    expect(onServer(double)).not.toContain(canary)
    expect(onServer(double)).not.toContain(plainOf(canary))
    expect(onServer(double)).not.toContain('no base64')
  })

  it('of a deleted message, its edits and the reactions to it are gone for good; all others stay', async () => {
    const opened = await open()
    const { log, another, missing } = opened
    const events = [message('a'), message('b'), edit('c', 0), edit('d', 1), reaction('e', 0), reaction('f', 1)]
    await log.append(stream, events, 'no_stream')
    await log.append(stream, [deletion('g', 0)], 5)
    await destroy(opened)
    expect(bodies(await read(await another()))).toEqual([null, canary, null, canary, null, canary, null])
    expect(missing).toEqual([])
  })

  it('of a deleted reaction is gone alone', async () => {
    const opened = await open()
    await opened.log.append(stream, [message('a'), reaction('b', 0), reaction('c', 0), deletion('d', 1)], 'no_stream')
    await destroy(opened)
    expect(bodies(await read(await opened.another()))).toEqual([canary, null, canary, null])
  })

  it('that have expired are gone, over the bounds of slices, with what refers to them from later', async () => {
    const opened = await open()
    const { log, another } = opened
    const first = Array.from({ length: 600 }, (_, index) => message(`m${index}`))
    await log.append(stream, first, 'no_stream')
    await log.append(stream, [reaction('late', 3), reaction('later', 590), expiry('e', 0, 520)], 599)
    await destroy(opened)
    const left = bodies(await read(await another()))
    expect(left.slice(0, 521).every((body) => body === null)).toBe(true)
    expect(left.slice(521, 600).every((body) => body === canary)).toBe(true)
    expect(left.slice(600)).toEqual([null, canary, null])
  })

  it('cannot be made again from anything that the key store holds then', async () => {
    const opened = await open()
    const { double, log, accounts } = opened
    await log.append(stream, [message('a'), message('b'), deletion('c', 0)], 'no_stream')
    const life = log.epoch.slice(0, 8)
    const [before] = await accounts.bodyKeys.load([{ life, stream, slice: 0 }])
    await destroy(opened)
    const [after] = await accounts.bodyKeys.load([{ life, stream, slice: 0 }])
    // The root is gone; what is there now has no node that it follows from.
    expect(Buffer.from(after ?? []).includes(Buffer.from(before ?? []).subarray(2))).toBe(false)
    // A copy of the key store from before brings it back: it is a secret for as long as it is kept.
    const old = { load: async () => [before], obtain: async () => [before ?? new Uint8Array()] }
    const restored = sealedLog(await world.open(double.url), old)
    expect(bodies(await read(restored))).toEqual([canary, canary, null])
  })

  it('of events that are older than the sealing are read as they are', async () => {
    const { double, another } = await open()
    const before = await world.open(double.url)
    await before.append(stream, [message('a')], 'no_stream')
    const log = await another()
    await log.append(stream, [message('b')], 0)
    expect(bodies(await read(log))).toEqual([canary, canary])
  })

  it('are bound to their event: moved to another stream by who can write to the log, they are unreadable', async () => {
    const { double, log } = await open()
    await log.append(stream, [message('a')], 'no_stream')
    const other = stream.replace(/1$/, '2')
    await log.append(other, [message('a')], 'no_stream')
    const [stored] = double.store.stream(stream) ?? []
    if (stored === undefined) throw new Error('nothing is stored')
    await double.store.append(other, [{ ...stored, id: crypto.randomUUID() }], 0)
    expect(bodies(await log.readStream({ stream: other, limit: 9 }))).toEqual([canary, null])
  })

  it('of commits and control messages are left as they are: nobody deletes them', async () => {
    const { double, log } = await open()
    await log.append(stream, [message('a', { type: 'GroupCommitted' })], 'no_stream')
    expect(onServer(double)).toContain(canary)
  })

  it('whose keys are missing altogether are null, and it is told', async () => {
    const { double, log, missing } = await open()
    await log.append(stream, [message('a')], 'no_stream')
    const none = { load: async () => [undefined], obtain: async () => [] }
    const lacking = sealedLog(await world.open(double.url), none, (one) => missing.push(one))
    expect(bodies(await read(lacking))).toEqual([null])
    expect(missing).toEqual([stream])
  })

  it('keep the order of appends, whichever of them waits for keys', async () => {
    const { log } = await open()
    const appends = Array.from({ length: 300 }, (_, index) => log.append(stream, [message(`m${index}`)], index - 1))
    await Promise.all(appends)
    expect((await read(log)).map(({ id }) => id)).toEqual(Array.from({ length: 300 }, (_, index) => `m${index}`))
  })

  it('cost a question to the key store for each slice, not for each message', async () => {
    const { double, accounts } = await open()
    let asked = 0
    const counted = {
      load: accounts.bodyKeys.load,
      obtain: (...question: Parameters<typeof accounts.bodyKeys.obtain>) => {
        asked += 1
        return accounts.bodyKeys.obtain(...question)
      },
    }
    const log = sealedLog(await world.open(double.url), counted)
    const streams = Array.from({ length: 50 }, (_, index) => `conversation-${index}`)
    await Promise.all(streams.map((one) => log.append(one, [message('a')], 'no_stream')))
    expect(asked).toBeLessThan(5)
    for (let index = 0; index < 100; index++) await log.append('conversation-0', [message(`m${index}`)], index)
    expect(asked).toBeLessThan(5)
  })

  it('are destroyed by a process that follows the log, after a crash as well', async () => {
    const { log, accounts, another } = await open()
    await log.append(stream, [message('a'), message('b'), deletion('c', 0)], 'no_stream')
    const manager = () =>
      startProcessManager({
        ...{ name: 'destroy-body-keys', log, checkpoints: accounts, records: accounts, now: Date.now },
        ...createDestroyBodyKeys(accounts.bodyKeys),
        onError: () => {},
        onParked: () => {},
      })
    const first = await manager()
    const fresh = await another()
    await expect.poll(async () => bodies(await read(await another()))).toEqual([null, canary, null])
    await first.close()
    await log.append(stream, [deletion('d', 1)], 2)
    const second = await manager()
    await expect.poll(async () => bodies(await read(await another()))).toEqual([null, null, null, null])
    await second.close()
    await fresh.close()
  })
})
