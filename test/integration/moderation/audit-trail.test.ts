import { randomUUID } from 'node:crypto'
import { ProtocolError } from '@backscroll/protocol/errors'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createMemoryLog } from '../../../src/adapters/memory/event-log.ts'
import { createAuditCommands } from '../../../src/commands/create-audit-commands.ts'
import type { AdminAct } from '../../../src/domain/audit/admin-acts.ts'
import { auditStream } from '../../../src/domain/stream-names.ts'
import { type AuditTrailDeps, createAuditTrail } from '../../../src/identity/accounts/users/audit-trail.ts'
import type { AccountStore } from '../../../src/ports/identity/account-store.ts'
import { openTestAccounts } from '../../support/accounts/test-accounts.ts'

const log = createMemoryLog()
const writer = { log, snapshots: log.snapshots, now: Date.now, random: Math.random, sleep: async () => undefined }
const writers = { maxIdle: 1, maxPending: 100, timeoutMs: 5_000 }
const by = { actor: null, reason: 'abuse' }

let world: Awaited<ReturnType<typeof openTestAccounts>>
let store: AccountStore
let before = 0
beforeEach(async () => {
  world = await openTestAccounts(log)
  store = world.store
  before = (await told()).length
})
afterEach(() => world.close())

const told = async () => (await log.readStream({ stream: auditStream, limit: 1_000 })).map(({ id }) => id)
const toldSince = async () => (await told()).slice(before)

/** Another process over the same accounts, with its own state of the stream. */
const openProcess = (changes: Partial<AuditTrailDeps> = {}) => {
  const commands = createAuditCommands({ ...writer, onConflict: () => undefined, shared: true }, writers)
  const errors: unknown[] = []
  const trail = createAuditTrail({
    ...{ store, tell: commands.tell, newId: randomUUID, now: Date.now },
    onError: (error) => errors.push(error),
    ...changes,
  })
  return { ...trail, errors, end: async () => void (await Promise.all([trail.close(), commands.close()])) }
}

describe('the audit trail', () => {
  test('copies an act to the log that a killed process had stored', async () => {
    const act: AdminAct = { id: randomUUID(), act: 'erase_user', at: 1, actor: null, userId: 'mallory' }
    await store.keepAct(act)
    const next = openProcess()
    await next.flush()
    expect(await toldSince()).toEqual([act.id])
    expect(await store.acts(10)).toEqual([])
    await next.end()
  })

  test('logs an act once, although the record was not settled, also from another process', async () => {
    const killed = openProcess({
      store: { ...store, settleAct: () => Promise.reject(new Error('killed')) },
    })
    await killed.keep(by, 'rebuild_views', { views: [] })
    await killed.flush()
    expect(await toldSince()).toHaveLength(1)
    expect(await store.acts(10)).toHaveLength(1)
    const next = openProcess()
    await next.flush()
    expect(await toldSince()).toHaveLength(1)
    expect(await store.acts(10)).toEqual([])
    await Promise.all([killed.end(), next.end()])
  })

  test('waits while the log is unavailable, and loses nothing', async () => {
    let isAway = true
    const commands = createAuditCommands({ ...writer, onConflict: () => undefined, shared: true }, writers)
    const trail = openProcess({
      tell: (act) => (isAway ? Promise.reject(new ProtocolError('unavailable')) : commands.tell(act)),
    })
    await trail.keep(by, 'rebuild_views', { views: ['timeline'] })
    await trail.flush()
    expect(await toldSince()).toEqual([])
    isAway = false
    await trail.flush()
    expect(await toldSince()).toHaveLength(1)
    await trail.end()
    await commands.close()
  })

  test('continues after an act that the log refuses, and reports it once', async () => {
    const refused = randomUUID()
    const commands = createAuditCommands({ ...writer, onConflict: () => undefined, shared: true }, writers)
    await store.keepAct({ id: refused, act: 'erase_user', at: 1, actor: null })
    const trail = openProcess({
      tell: (act) => (act.id === refused ? Promise.reject(new Error('no')) : commands.tell(act)),
    })
    await trail.keep(by, 'rebuild_views', { views: [] })
    await trail.flush()
    await trail.flush()
    expect(await toldSince()).toHaveLength(1)
    expect((await store.acts(10)).map(({ id }) => id)).toEqual([refused])
    expect(trail.errors).toHaveLength(1)
    await trail.end()
    await commands.close()
  })
})
