import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { LogError } from '../../../src/ports/errors/log-error.ts'
import type { EventLog } from '../../../src/ports/event-log.ts'
import { actor, harness, sendText, startGroup } from '../../support/commands/harness.ts'
import { createKurrentWorld } from '../../support/engines/kurrentdb-world.ts'
import type { DoubleOptions } from '../../support/kurrentdb-double/double.ts'

const world = createKurrentWorld()
afterEach(() => world.dispose())

const [alice, bob, cleo, dora] = [actor('alice'), actor('bob'), actor('cleo'), actor('dora')]

type Batch = Parameters<EventLog['append']>[1]

/** The write side over `log`, with what it appends, one entry an append that was tried. */
const over = (log?: EventLog, fail: (nth: number) => Error | undefined = () => undefined) => {
  const batches: Batch[] = []
  const bend = (memory: EventLog): EventLog => {
    const inner = log ?? memory
    return {
      ...inner,
      append: async (stream, events, expected) => {
        batches.push(events)
        const error = fail(batches.length)
        if (error !== undefined) throw error
        return inner.append(stream, events, expected)
      },
    }
  }
  const made = harness(bend, { timeoutMs: 60_000 })
  world.later(() => made.commands.close())
  return { ...made, batches }
}

const onKurrent = async (options: DoubleOptions = {}) => over(await world.open((await world.double(options)).url))

const sendLarge = (
  { commands }: Pick<ReturnType<typeof harness>, 'commands'>,
  id: string,
  by: typeof alice,
  clientSeq: number,
  size: number,
) => sendText(commands, id, by, clientSeq, { size })

const numbers = (count: number, from = 1) => Array.from({ length: count }, (_, index) => index + from)

describe('Commands that arrive in one turn of the event loop', () => {
  it('and are too large for one append go into several, in order, on a KurrentDB as it is delivered', async () => {
    const made = await onKurrent()
    const id = randomUUID()
    await startGroup(made.commands, id, alice, ['bob'])
    const sent = await Promise.all(numbers(60, 2).map((clientSeq) => sendLarge(made, id, alice, clientSeq, 40_000)))
    expect(sent.map(({ seq }) => seq)).toEqual(numbers(60))
    expect(sent.map(({ revision }) => revision)).toEqual(numbers(60, 2))
    expect(made.batches.length).toBeLessThan(10)
  })

  it('and are too large for one append go into several in a log that takes 16 MiB', async () => {
    const made = over()
    const id = randomUUID()
    await startGroup(made.commands, id, alice, ['bob'])
    const sent = await Promise.all(numbers(256, 2).map((clientSeq) => sendLarge(made, id, alice, clientSeq, 49_000)))
    expect(sent.map(({ seq }) => seq)).toEqual(numbers(256))
    expect(made.batches).toHaveLength(3)
  })

  it('suffer from none among them that alone is too large for the log: it alone is refused', async () => {
    const made = await onKurrent({ maxAppendSize: 50_000 })
    const { commands } = made
    const id = randomUUID()
    await startGroup(commands, id, alice, ['bob', 'cleo', 'dora'])
    const repeated = randomUUID()
    await sendText(commands, id, dora, 1, { message: repeated })
    const [before, tooLarge, after, repeat, chained] = await Promise.allSettled([
      sendText(commands, id, bob, 1),
      sendLarge(made, id, alice, 2, 45_000),
      sendText(commands, id, cleo, 1),
      sendText(commands, id, dora, 1, { message: repeated }),
      sendText(commands, id, alice, 3),
    ])
    expect(before).toMatchObject({ value: { seq: 2, revision: 3 } })
    expect(tooLarge).toMatchObject({ reason: { code: 'too_large' } })
    expect(after).toMatchObject({ value: { seq: 3, revision: 4 } })
    expect(repeat).toMatchObject({ value: { seq: 1, duplicate: true } })
    expect(chained).toMatchObject({ reason: { code: 'client_seq_gap' } })
    expect(await sendText(commands, id, alice, 2)).toMatchObject({ seq: 4, revision: 5 })
  })

  it('are all stored in a log that takes less than it says', async () => {
    const made = await onKurrent({ maxAppendSize: 60_000 })
    const id = randomUUID()
    await startGroup(made.commands, id, alice, ['bob'])
    const sent = await Promise.all(numbers(20, 2).map((clientSeq) => sendLarge(made, id, alice, clientSeq, 20_000)))
    expect(sent.map(({ seq }) => seq)).toEqual(numbers(20))
  })

  it('have one effect each where the second of several appends fails', async () => {
    const conflict = new LogError('wrong_expected_revision', 'another one was first', 3)
    const made = over(undefined, (nth) => (nth === 3 ? conflict : undefined))
    const id = randomUUID()
    await startGroup(made.commands, id, alice, ['bob'])
    const sent = await Promise.all(numbers(256, 2).map((clientSeq) => sendLarge(made, id, alice, clientSeq, 49_000)))
    expect(sent.map(({ seq, duplicate }) => [seq, duplicate])).toEqual(numbers(256).map((seq) => [seq, false]))
    expect(made.conflicts.count).toBe(1)
    const stored = await made.log.readStream({ stream: `conversation-${id}`, limit: 1000 })
    expect(stored.filter(({ type }) => type === 'MessageSent')).toHaveLength(256)
  })
})
