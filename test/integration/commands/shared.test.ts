import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { LogError } from '../../../src/ports/errors/log-error.ts'
import type { EventLog } from '../../../src/ports/event-log.ts'
import { actor, harness, sendText, startGroup } from '../../support/commands/harness.ts'

const [alice, bob, cleo] = [actor('alice'), actor('bob'), actor('cleo')]

type Harness = ReturnType<typeof harness>

/** What passes it waits while it is closed. */
const createGate = () => {
  let gate = Promise.withResolvers<void>()
  gate.resolve()
  return {
    pass: () => gate.promise,
    close: () => {
      gate = Promise.withResolvers()
    },
    open: () => gate.resolve(),
  }
}
const opened: Harness[] = []
afterEach(async () => {
  for (const { commands } of opened.splice(0)) await commands.close()
})

/** Two processes over one log. */
const open = (bend: (log: EventLog) => EventLog = (log) => log) => {
  const one = harness((log) => log, { shared: true })
  const other = harness(() => bend(one.log), { shared: true })
  opened.push(one, other)
  return { one, other, id: randomUUID() }
}

const remove = ({ commands }: Harness, id: string, by: typeof alice, clientSeq: number, userId: typeof alice.userId) =>
  commands.execute(id, { type: 'RemoveMember', actor: by, clientSeq, afterClientSeq: clientSeq - 1, userId }, null)

describe('one of several processes that append to a log', () => {
  it('P2: refuses nothing because of what it does not know yet', async () => {
    const { one, other, id } = open()
    await startGroup(one.commands, id, alice, ['bob', 'cleo'])
    await sendText(other.commands, id, bob, 1)
    await sendText(one.commands, id, bob, 2)
    // The other one thinks that bob sent one message.
    expect(await sendText(other.commands, id, bob, 3)).toMatchObject({ seq: 3, duplicate: false })
  })

  it('P2: tells a repeat of what another one stored as a repeat', async () => {
    const { one, other, id } = open()
    await startGroup(one.commands, id, alice, ['bob'])
    await sendText(other.commands, id, alice, 2)
    const message = randomUUID()
    const first = await sendText(one.commands, id, bob, 1, { message })
    expect(await sendText(other.commands, id, bob, 1, { message })).toEqual({ ...first, duplicate: true })
  })

  it('[M2] does not take another command under the same number for the one that is stored', async () => {
    const { one, other, id } = open()
    await startGroup(one.commands, id, alice, ['bob', 'cleo'])
    await sendText(other.commands, id, bob, 1)
    const first = await sendText(one.commands, id, alice, 2)
    await expect(remove(other, id, alice, 2, cleo.userId)).rejects.toMatchObject({ code: 'client_seq_conflict' })
    expect(await sendText(other.commands, id, cleo, 1)).toMatchObject({ revision: first.revision + 1 })
  })

  it('refuses what the newest state forbids, and says so once', async () => {
    const { one, other, id } = open()
    await startGroup(one.commands, id, alice, ['bob', 'cleo'])
    await sendText(other.commands, id, cleo, 1)
    await remove(one, id, alice, 2, cleo.userId)
    await expect(sendText(other.commands, id, cleo, 2)).rejects.toMatchObject({ code: 'not_found' })
    expect(other.conflicts.count).toBe(1)
  })

  it('takes receipts for messages that another one stored', async () => {
    const { one, other, id } = open()
    await startGroup(one.commands, id, alice, ['bob'])
    await sendText(other.commands, id, bob, 1)
    await sendText(one.commands, id, alice, 2)
    await other.commands.acknowledge(id, bob, 2, 'read')
    await expect(other.commands.acknowledge(id, bob, 3, 'read')).rejects.toMatchObject({ code: 'beyond_last_seq' })
    const stream = `receipts-${id}`
    const [receipts] = await one.log.readStream({ stream, limit: 10 })
    expect(JSON.parse(receipts?.data ?? '')).toEqual({
      entries: [{ userId: 'bob', deviceId: 'phone', delivered: 2, read: 2 }],
    })
  })

  it('takes receipts for what another one stored, while it decides anew what it had decided before', async () => {
    const [appends, rests] = [createGate(), createGate()]
    const one = harness((log) => log, { shared: true })
    const append: EventLog['append'] = (...values) => appends.pass().then(() => one.log.append(...values))
    const other = harness(() => ({ ...one.log, append }), {
      shared: true,
      sleep: (ms) => rests.pass().then(() => sleep(ms)),
    })
    opened.push(one, other)
    const id = randomUUID()
    await startGroup(one.commands, id, alice, ['bob', 'cleo'])
    await sendText(other.commands, id, bob, 1)
    await sendText(one.commands, id, alice, 2)
    // From here on it keeps the state from before its decisions.
    await sendText(other.commands, id, bob, 2)
    appends.close()
    rests.close()
    const sending = sendText(other.commands, id, bob, 3)
    await sendText(one.commands, id, alice, 3)
    await sleep(10)
    // The fourth message is alice's; this one believes it to be bob's.
    const acknowledged = other.commands.acknowledge(id, cleo, 4, 'delivered')
    await sleep(5)
    appends.open()
    await sleep(40)
    rests.open()
    await acknowledged
    expect(await sending).toMatchObject({ seq: 5 })
  })

  it('says that the log is away instead of refusing on a state that may be old, and forgets that state', async () => {
    let isAway = false
    const { one, other, id } = open((log) => ({
      ...log,
      readStream: async (slice) => {
        if (isAway) throw new LogError('log_unavailable', 'away')
        return log.readStream(slice)
      },
    }))
    await startGroup(one.commands, id, alice, ['bob'])
    await sendText(other.commands, id, bob, 1)
    await sendText(one.commands, id, bob, 2)
    isAway = true
    await expect(sendText(other.commands, id, bob, 3)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(other.commands.acknowledge(id, bob, 2, 'read')).rejects.toMatchObject({ code: 'log_unavailable' })
    isAway = false
    expect(await sendText(other.commands, id, bob, 3)).toMatchObject({ seq: 3, duplicate: false })
  })

  it('gets its commands through while another one appends to the same long stream all the time', async () => {
    const { one, other, id } = open((log) => ({
      ...log,
      readStream: async (slice) => {
        const events = await log.readStream(slice)
        await sleep(events.length / 10)
        return events
      },
      append: async (...values) => {
        await sleep(2)
        return log.append(...values)
      },
    }))
    await startGroup(one.commands, id, alice, ['bob'])
    let last = 1
    const send = () => {
      last += 1
      return sendText(one.commands, id, alice, last)
    }
    while (last < 400) await send()
    let done = false
    const meanwhile = (async () => {
      while (!done) {
        await send()
        await sleep(5)
      }
    })()
    const numbers = Array.from({ length: 50 }, (_, index) => index + 1)
    const sent = await Promise.all(numbers.map((clientSeq) => sendText(other.commands, id, bob, clientSeq)))
    done = true
    await meanwhile
    expect(sent.map(({ duplicate }) => duplicate)).toEqual(numbers.map(() => false))
    const stored = await one.log.readStream({ stream: `conversation-${id}`, limit: 10_000 })
    expect(stored.filter(({ userId }) => userId === 'bob')).toHaveLength(numbers.length)
  })
})
