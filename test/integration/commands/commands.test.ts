import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { LogError } from '../../../src/ports/errors/log-error.ts'
import type { EventLog } from '../../../src/ports/event-log.ts'
import { actor, groupStart, harness, sendText, startGroup } from '../../support/commands/harness.ts'
import { encryptedTo } from '../../support/groups/beginning.ts'

const alice = actor('alice')
const bob = actor('bob')

const bodiesOf = async (log: EventLog, id: string) => {
  const events = await log.readStream({ stream: `conversation-${id}`, limit: 10_000 })
  return events.filter((event) => event.type === 'MessageSent')
}

/** Fails the n-th append (from 1) in the given way. */
const failing =
  (nth: number, how: (append: () => ReturnType<EventLog['append']>) => ReturnType<EventLog['append']>) =>
  (log: EventLog): EventLog => {
    let count = 0
    return {
      ...log,
      append: (...parameters) => {
        count += 1
        return count === nth ? how(() => log.append(...parameters)) : log.append(...parameters)
      },
    }
  }

describe('commands', () => {
  it('answers a message with its number, revision and position once it is stored', async () => {
    const { commands, log } = harness()
    const id = randomUUID()
    await startGroup(commands, id, alice, ['bob'])
    const result = await sendText(commands, id, alice, 2)
    expect(result).toMatchObject({ revision: 2, seq: 1, duplicate: false, position: await log.head() })
  })

  it('decides everything that arrives in one turn of the event loop in one append, in order', async () => {
    let appends = 0
    const { commands } = harness((log) => ({
      ...log,
      append: (...parameters) => {
        appends += 1
        return log.append(...parameters)
      },
    }))
    const id = randomUUID()
    await startGroup(commands, id, alice, ['bob'])
    const results = await Promise.all(
      [2, 3, 4, 5, 6, 7, 8, 9].map((clientSeq) => sendText(commands, id, alice, clientSeq)),
    )
    expect(results.map((result) => result.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(appends).toBe(2)
  })

  it('[M2] answers a repeat like the first time, marked as a duplicate, also after the sender has left', async () => {
    const { commands } = harness()
    const id = randomUUID()
    const message = randomUUID()
    await startGroup(commands, id, alice, ['bob'])
    const first = await sendText(commands, id, bob, 1, { message })
    await commands.execute(id, { type: 'LeaveConversation', actor: bob, clientSeq: 2, afterClientSeq: 1 }, null)
    expect(await sendText(commands, id, bob, 1, { message })).toEqual({ ...first, duplicate: true })
  })

  it('[M2] finds the result of a repeat that the state has forgotten through the views', async () => {
    const revisions = new Map<string, number>()
    const { commands } = harness((log) => log, {
      originalOf: async (_conversation, _actor, _clientSeq, message) => revisions.get(message ?? ''),
    })
    const id = randomUUID()
    const message = randomUUID()
    await startGroup(commands, id, alice, ['bob'])
    const first = await sendText(commands, id, alice, 2, { message })
    revisions.set(message, first.revision)
    for (let clientSeq = 3; clientSeq < 103; clientSeq += 1) await sendText(commands, id, alice, clientSeq)
    expect(await sendText(commands, id, alice, 2, { message })).toEqual({ ...first, duplicate: true })
    await expect(sendText(commands, id, alice, 2)).rejects.toMatchObject({
      code: 'client_seq_conflict',
      details: { last: 102 },
    })
  })

  it('[M3] tells the last accepted number when the chain is broken, and stores nothing', async () => {
    const { commands, log } = harness()
    const id = randomUUID()
    await startGroup(commands, id, alice, ['bob'])
    await expect(sendText(commands, id, alice, 5)).rejects.toMatchObject({
      code: 'client_seq_gap',
      details: { last: 1 },
    })
    expect(await bodiesOf(log, id)).toHaveLength(0)
  })

  it('P3: a later message never overtakes one that was rejected in the same window', async () => {
    const { commands } = harness()
    const id = randomUUID()
    await startGroup(commands, id, alice, ['bob'])
    const removeStranger = commands.execute(
      id,
      { type: 'RemoveMember', actor: alice, clientSeq: 2, afterClientSeq: 1, userId: actor('nobody').userId },
      null,
    )
    const [rejected, gap] = await Promise.allSettled([removeStranger, sendText(commands, id, alice, 3)])
    expect(rejected).toMatchObject({ status: 'rejected', reason: { code: 'not_a_member' } })
    expect(gap).toMatchObject({ status: 'rejected', reason: { code: 'client_seq_gap' } })
    expect(await sendText(commands, id, alice, 3, { after: 1 })).toMatchObject({ seq: 1 })
  })

  it('decides again on the real state when another process has written to the stream', async () => {
    const one = harness()
    const other = harness(() => one.log)
    const id = randomUUID()
    await startGroup(one.commands, id, alice, ['bob'])
    await sendText(other.commands, id, bob, 1)
    expect(await sendText(one.commands, id, alice, 2)).toMatchObject({ seq: 2, revision: 3 })
    expect(one.conflicts.count).toBe(1)
  })

  it('P2: a command whose answer was lost after the commit has one effect', async () => {
    const lost = failing(2, async (append) => {
      await append()
      throw new LogError('log_unavailable', 'the answer was lost')
    })
    const { commands, log } = harness(lost)
    const id = randomUUID()
    const message = randomUUID()
    await startGroup(commands, id, alice, ['bob'])
    await expect(sendText(commands, id, alice, 2, { message })).rejects.toMatchObject({ code: 'unavailable' })
    expect(await sendText(commands, id, alice, 2, { message })).toMatchObject({ seq: 1, duplicate: true })
    expect(await bodiesOf(log, id)).toHaveLength(1)
  })

  it('tells a full disk as temporary, and forgets what was decided on it', async () => {
    const { commands } = harness(
      failing(2, async () => {
        throw new LogError('log_full', 'no space')
      }),
    )
    const id = randomUUID()
    await startGroup(commands, id, alice, ['bob'])
    await expect(sendText(commands, id, alice, 2)).rejects.toMatchObject({ code: 'storage_full' })
    expect(await sendText(commands, id, alice, 2)).toMatchObject({ seq: 1, duplicate: false })
  })

  it('fails the commands of an append that never answers, and goes on with a fresh writer', async () => {
    const { commands } = harness(failing(2, () => new Promise(() => undefined)))
    const id = randomUUID()
    await startGroup(commands, id, alice, ['bob'])
    await expect(sendText(commands, id, alice, 2)).rejects.toMatchObject({ code: 'unavailable' })
    expect(await sendText(commands, id, alice, 2)).toMatchObject({ seq: 1 })
  })

  it('[M4] refuses to edit a message that was deleted, in the same window and later', async () => {
    const { commands, log } = harness()
    const id = randomUUID()
    const message = randomUUID()
    await startGroup(commands, id, alice, ['bob'])
    const sent = await sendText(commands, id, alice, 2, { message })
    const change = (clientSeq: number, after: number, kind: 'edit' | 'delete') =>
      commands.execute(
        id,
        {
          type: 'SendMessage',
          actor: alice,
          clientSeq,
          afterClientSeq: after,
          messageId: randomUUID() as never,
          relatesTo: { kind, messageId: message as never, revision: sent.revision },
        },
        kind === 'edit' ? encryptedTo(id, 'new') : null,
      )
    const [deleted, edited] = await Promise.allSettled([change(3, 2, 'delete'), change(4, 3, 'edit')])
    expect(deleted).toMatchObject({ status: 'fulfilled', value: { seq: 1 } })
    expect(edited).toMatchObject({ status: 'rejected', reason: { code: 'message_deleted' } })
    await expect(change(5, 3, 'edit')).rejects.toMatchObject({ code: 'message_deleted' })
    expect((await bodiesOf(log, id))[0]?.body).toBeNull()
  })

  it('loads a long conversation from a snapshot and the few events after it', async () => {
    const one = harness()
    const id = randomUUID()
    await startGroup(one.commands, id, alice, ['bob'])
    for (let clientSeq = 2; clientSeq < 1200; clientSeq += 1) await sendText(one.commands, id, alice, clientSeq)
    let read = 0
    const other = harness(
      () => ({
        ...one.log,
        readStream: async (slice) => {
          const events = await one.log.readStream(slice)
          read += events.length
          return events
        },
      }),
      { snapshots: one.log.snapshots },
    )
    expect(await sendText(other.commands, id, alice, 1200)).toMatchObject({ seq: 1199 })
    expect(read).toBeLessThanOrEqual(500)
  })

  it('refuses more waiting commands than its bound, as temporary', async () => {
    const { commands } = harness(undefined, { maxPending: 10 })
    const id = randomUUID()
    await startGroup(commands, id, alice, ['bob'])
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => sendText(commands, id, alice, index + 2)),
    )
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(10)
    expect(results.at(-1)).toMatchObject({ reason: { code: 'rate_limited' } })
  })

  it('refuses new commands while it closes and finishes those in flight', async () => {
    const { commands } = harness()
    const id = randomUUID()
    const { command, body } = await groupStart(id, alice, ['bob'])
    const started = commands.execute(id, command, body)
    const closed = commands.close()
    await expect(sendText(commands, id, alice, 2)).rejects.toMatchObject({ code: 'shutting_down' })
    await closed
    expect(await started).toMatchObject({ revision: 0 })
  })
})

describe('acknowledgements', () => {
  const conversation = async (messages: number) => {
    const made = harness()
    const id = randomUUID()
    await startGroup(made.commands, id, alice, ['bob', 'carol'])
    for (let clientSeq = 2; clientSeq < messages + 2; clientSeq += 1)
      await sendText(made.commands, id, alice, clientSeq)
    return { ...made, id }
  }
  const receipts = (log: EventLog, id: string) => log.readStream({ stream: `receipts-${id}`, limit: 1000 })

  it('[M5] of many devices in one window become one stored event', async () => {
    const { commands, log, id } = await conversation(3)
    await Promise.all([
      commands.acknowledge(id, bob, 1, 'delivered'),
      commands.acknowledge(id, bob, 3, 'delivered'),
      commands.acknowledge(id, actor('carol'), 2, 'read'),
    ])
    const stored = await receipts(log, id)
    expect(stored).toHaveLength(1)
    expect(JSON.parse(stored[0]?.data ?? '')).toEqual({
      entries: [
        { userId: 'bob', deviceId: 'phone', delivered: 3 },
        { userId: 'carol', deviceId: 'phone', delivered: 2, read: 2 },
      ],
    })
  })

  it('[M5] store nothing when they do not advance', async () => {
    const { commands, log, id } = await conversation(3)
    await commands.acknowledge(id, bob, 3, 'read')
    await commands.acknowledge(id, bob, 2, 'delivered')
    expect(await receipts(log, id)).toHaveLength(1)
  })

  it('[M5] beyond the last message are refused and store nothing', async () => {
    const { commands, log, id } = await conversation(3)
    await expect(commands.acknowledge(id, bob, 4, 'read')).rejects.toMatchObject({
      code: 'beyond_last_seq',
      details: { last: 3 },
    })
    expect(await receipts(log, id)).toHaveLength(0)
  })

  it('[R4] of a stranger are answered as if the conversation did not exist', async () => {
    const { commands, id } = await conversation(1)
    await expect(commands.acknowledge(id, actor('mallory'), 1, 'read')).rejects.toMatchObject({ code: 'not_found' })
    await expect(commands.acknowledge(randomUUID(), bob, 1, 'read')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('that wait are stored when the server closes', async () => {
    const { commands, log, id } = await conversation(1)
    const pending = commands.acknowledge(id, bob, 1, 'read')
    await new Promise((resolve) => setImmediate(resolve))
    await commands.close()
    await pending
    expect(await receipts(log, id)).toHaveLength(1)
  })
})
