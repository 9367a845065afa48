import { describe, expect, it } from 'vitest'
import type { Answers } from '../../../../packages/client/src/commands/outbox-answers.ts'
import type { OutboxEntry } from '../../../../packages/client/src/commands/outbox-entry.ts'
import { BackscrollError } from '../../../../packages/client/src/errors/backscroll-error.ts'
import { createOutbox, type Outbox, type OutboxDeps } from '../../../../packages/client/src/outbox/outbox.ts'
import { createOutboxSending, type OutboxSendingDeps } from '../../../../packages/client/src/outbox/outbox-sending.ts'
import { loadRecords } from '../../../../packages/client/src/records/client-records.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'

const refusal = new BackscrollError('commit_mismatch')

/** The queue and what sends it, put together as the client does. */
const sendingOutbox = (deps: Omit<OutboxDeps, 'wake'>, sends: Omit<OutboxSendingDeps, 'outbox' | 'clock'>) => {
  const wakes: (() => void)[] = []
  const wake = () => {
    for (const one of wakes) one()
  }
  const queued = createOutbox({ ...deps, wake })
  const sending = createOutboxSending({ ...sends, clock: deps.clock, outbox: queued })
  wakes.push(sending.wake)
  const close = () => {
    sending.stop()
    queued.close()
  }
  return { ...queued, close }
}

it("a command of the SDK's own that is refused and put in again goes out with more and more patience", async () => {
  const clock = createVirtualClock()
  let changes = 0
  const told = { onChange: () => {}, onAccepted: () => {}, onRejected: () => {}, onWithdrawn: () => {} }
  const outbox = sendingOutbox(
    { store: createMemoryStore(), chains: new Map(), unsealed: new Set(), clock, ...told },
    {
      random: () => 0.5,
      // The message waits for a change of its group, which is put in whenever it is missing.
      isReady: (entry) => entry.command.kind === 'group',
      makeReady: () => {
        outbox.insert('c', 'change', { kind: 'group', change: { type: 'begin' }, quiet: true })
      },
      transmit: async (_, __, answers) => {
        changes += 1
        // Without patience it would go on for ever at one moment.
        if (changes < 100) answers.refused(refusal)
      },
      probe: () => {},
      onError: (thrown) => expect.fail(String(thrown)),
      handleRefusal: () => 'drop',
      window: () => 10,
    },
  )
  void outbox.add('c', 'm', { kind: 'message', sentAt: 0 }).catch(() => {})
  await clock.advance(10_000)
  expect(changes).toBeGreaterThan(3)
  expect(changes).toBeLessThan(8)
  outbox.close()
})

it('a command that cannot even be begun is reported, and looked at again, and keeps back no other conversation', async () => {
  const clock = createVirtualClock()
  const [sent, thrown]: string[][] = [[], []]
  const told = { onChange: () => {}, onAccepted: () => {}, onRejected: () => {}, onWithdrawn: () => {} }
  const outbox = sendingOutbox(
    { store: createMemoryStore(), chains: new Map(), unsealed: new Set(), clock, ...told },
    {
      random: () => 0.5,
      isReady: ({ conversationId }) => {
        if (conversationId === 'broken' && (thrown?.length ?? 0) < 2) throw new Error('poison')
        return true
      },
      makeReady: () => {},
      transmit: async ({ messageId }) => void sent?.push(messageId),
      probe: () => {},
      onError: (error) => thrown?.push(String(error)),
      handleRefusal: () => undefined,
      window: () => 10,
    },
  )
  void outbox.add('broken', 'one', { kind: 'message', sentAt: 0 }).catch(() => {})
  void outbox.add('whole', 'two', { kind: 'message', sentAt: 0 }).catch(() => {})
  await clock.advance(1_000)
  expect(sent).toEqual(['two'])
  await clock.advance(60_000)
  expect(sent).toEqual(['two', 'one'])
  expect(thrown).toEqual(['Error: poison', 'Error: poison'])
  outbox.close()
})

/** An outbox over a server that does what the test says; what is told, in order. */
const setUp = (
  chains: OutboxDeps['chains'] = new Map(),
  store = createMemoryStore(),
  unsealed: OutboxDeps['unsealed'] = new Set(),
) => {
  const clock = createVirtualClock()
  const sent: Answers[] = []
  const numbers: string[] = []
  const probed: Answers[] = []
  const told: string[] = []
  const gate = { open: true }
  const ends: Omit<OutboxDeps, 'wake'> = {
    ...{ store, chains, unsealed, clock },
    onWithdrawn: ({ messageId }) => told.push(`${messageId} withdrawn`),
    onChange: () => {},
    onAccepted: ({ messageId }) => told.push(`${messageId} accepted`),
    onRejected: ({ messageId }, { code }) => told.push(`${messageId} ${code}`),
  }
  const outbox = sendingOutbox(ends, {
    random: () => 0.5,
    isReady: () => gate.open,
    makeReady: () => {},
    transmit: async ({ messageId, clientSeq }, after, answers) => {
      sent.push(answers)
      numbers.push(`${messageId}: ${clientSeq} after ${after}`)
    },
    probe: (_, __, ___, answers) => void probed.push(answers),
    onError: (thrown) => expect.fail(String(thrown)),
    handleRefusal: () => undefined,
    window: () => 10,
  })
  const add = (messageId: string) =>
    void outbox.add('c', messageId, { kind: 'message', plaintext: 'YQ==', sentAt: 0 }).catch(() => {})
  const head = (): OutboxEntry => {
    const [entry] = outbox.waiting('c')
    if (entry === undefined) throw new Error('nothing waits')
    return entry
  }
  return { clock, sent, numbers, probed, told, gate, outbox, add, head, store }
}

const result = { conversationId: 'c', revision: 1, position: '1', acceptedAt: 1, duplicate: false, seq: 1 }
const accepted = { result, ciphertext: undefined }

it('a command that is given up is never sent, however often the outbox is woken meanwhile, and the next one goes on', async () => {
  const { clock, sent, told, gate, outbox, add, head } = setUp()
  gate.open = false
  add('one')
  add('two')
  await clock.advance(1)
  outbox.fail(head(), new BackscrollError('no_device'))
  gate.open = true
  outbox.wake()
  await clock.advance(1)
  expect(told).toEqual(['one no_device'])
  expect(sent).toHaveLength(1)
  sent[0]?.answered(accepted)
  expect(told).toEqual(['one no_device', 'two accepted'])
})

it('a command under way cannot be given up: its outcome is the answer', async () => {
  const { clock, sent, told, outbox, add, head } = setUp()
  add('one')
  await clock.advance(1)
  outbox.fail(head(), new BackscrollError('no_device'))
  await clock.advance(1)
  expect(told).toEqual([])
  sent[0]?.answered(accepted)
  await clock.advance(1)
  expect(told).toEqual(['one accepted'])
})

it.each([
  ['was accepted', (one: Answers) => one.answered(accepted), ['one accepted']],
  ['was not', (one: Answers) => one.refused(new BackscrollError('not_ciphertext')), ['one no_device']],
])(
  'the outcome of a command that was sent without an answer is asked for before it is given up: it %s',
  async (_, answer, expected) => {
    const { clock, sent, probed, told, gate, outbox, add, head } = setUp()
    add('one')
    await clock.advance(1)
    gate.open = false
    sent[0]?.refused(new BackscrollError('disconnected'))
    outbox.fail(head(), new BackscrollError('no_device'))
    await clock.advance(1)
    expect([told, sent.length, probed.length]).toEqual([[], 1, 1])
    // Too many requests: that says nothing about the message.
    probed[0]?.refused(new BackscrollError('rate_limited', { retryAfterMs: 5 }))
    await clock.advance(5_000)
    expect([told, sent.length, probed.length]).toEqual([[], 1, 2])
    if (probed[1] !== undefined) answer(probed[1])
    await clock.advance(1)
    expect(told).toEqual(expected)
    expect(outbox.pending()).toBe(0)
  },
)

it('a command of an earlier process may have been sent: the next one asks as well', async () => {
  const first = setUp()
  first.add('one')
  await first.clock.advance(1)
  first.outbox.close()
  const { chains } = await loadRecords(first.store, { userId: 'ann', deviceId: 'phone' })
  const { clock, probed, told, gate, outbox, head } = setUp(chains, first.store)
  gate.open = false
  outbox.fail(head(), new BackscrollError('not_found'))
  await clock.advance(1)
  expect([told, probed.length]).toEqual([[], 1])
  probed[0]?.answered({ ...accepted, result: { ...result, duplicate: true } })
  expect(told).toEqual(['one accepted'])
})

it("what the SDK puts in while a command is being stored goes before it, under a smaller number, and the command's outcome is its own", async () => {
  const { clock, sent, numbers, told, outbox, add } = setUp()
  add('one')
  expect(outbox.insert('c', 'change', { kind: 'group', change: { type: 'renew' }, quiet: true })).toBe(true)
  await clock.advance(1)
  expect(numbers).toEqual(['change: 1 after 0'])
  sent[0]?.answered(accepted)
  await clock.advance(1)
  expect(numbers).toEqual(['change: 1 after 0', 'one: 1024 after 1'])
  sent[1]?.answered(accepted)
  expect(told).toEqual(['change accepted', 'one accepted'])
})

it('no number is used twice by a process that finds an older record of the numbers than of what waits', async () => {
  const first = setUp()
  first.gate.open = false
  first.add('one')
  await first.clock.advance(1)
  first.outbox.close()
  await first.store.write([{ key: 'chain/c', value: { lastClientSeq: 0, lastAccepted: 0 } }])
  const { chains } = await loadRecords(first.store, { userId: 'ann', deviceId: 'phone' })
  const { clock, sent, told, numbers, add } = setUp(chains, first.store)
  add('two')
  await clock.advance(1)
  expect(numbers).toEqual(['one: 1024 after 0', 'two: 2048 after 1024'])
  sent[0]?.refused(refusal)
  await clock.advance(1)
  expect(told).toEqual(['one commit_mismatch'])
})

it('nor is the number of what was rejected, before the application was told', async () => {
  const first = setUp()
  first.add('one')
  await first.clock.advance(1)
  first.sent[0]?.refused(refusal)
  await first.clock.advance(1)
  first.outbox.close()
  await first.store.write([{ key: 'chain/c', value: { lastClientSeq: 0, lastAccepted: 0 } }])
  const { chains, failed } = await loadRecords(first.store, { userId: 'ann', deviceId: 'phone' })
  const { clock, numbers, add } = setUp(chains, first.store)
  add('two')
  await clock.advance(1)
  expect([failed.map(({ messageId }) => messageId), numbers]).toEqual([['one'], ['two: 2048 after 0']])
})

describe('Withdrawing a command', () => {
  const withdrawn = (outbox: Pick<Outbox, 'withdraw'>, messageId: string) =>
    outbox.withdraw('c', messageId).then(
      () => 'withdrawn',
      ({ code }: BackscrollError) => code,
    )

  it('takes it out of the queue and the store, tells the waiting caller, and lets the next one go', async () => {
    const { clock, numbers, told, gate, outbox, add, store } = setUp()
    gate.open = false
    const result = outbox.add('c', 'one', { kind: 'message', plaintext: 'YQ==', sentAt: 0 }).catch(({ code }) => code)
    add('two')
    await clock.advance(1)
    expect(await withdrawn(outbox, 'one')).toBe('withdrawn')
    expect(await result).toBe('withdrawn')
    gate.open = true
    outbox.wake()
    await clock.advance(1)
    expect([told, numbers]).toEqual([['one withdrawn'], ['two: 2048 after 0']])
    expect([...(await store.load()).keys()].filter((key) => key.startsWith('entry/'))).toEqual(['entry/c/000000002048'])
  })

  it('does not give its number to another command, in this process or the next', async () => {
    const first = setUp()
    first.gate.open = false
    first.add('one')
    await first.clock.advance(1)
    await withdrawn(first.outbox, 'one')
    first.outbox.close()
    const { chains } = await loadRecords(first.store, { userId: 'ann', deviceId: 'phone' })
    const { clock, numbers, add } = setUp(chains, first.store)
    add('two')
    await clock.advance(1)
    expect(numbers).toEqual(['two: 2048 after 0'])
  })

  it('is refused for what is under way, for what was and got no answer, and for what does not wait', async () => {
    const { clock, sent, gate, outbox, add } = setUp()
    add('one')
    await clock.advance(1)
    expect(await withdrawn(outbox, 'one')).toBe('already_sent')
    gate.open = false
    sent[0]?.refused(new BackscrollError('disconnected'))
    expect(await withdrawn(outbox, 'one')).toBe('already_sent')
    expect(await withdrawn(outbox, 'two')).toBe('not_found')
  })

  it('is possible again once the server has looked at it and refused it for now', async () => {
    const { clock, sent, gate, outbox, add } = setUp()
    add('one')
    await clock.advance(1)
    gate.open = false
    // A judgement: the server took nothing under this number.
    sent[0]?.refused(new BackscrollError('client_seq_gap', { details: { last: 512 } }))
    expect(await withdrawn(outbox, 'one')).toBe('withdrawn')
  })

  it.each([
    ['never sealed', [], 'withdrawn'],
    ['sealed, so maybe sent', [{ key: 'sealed/c/000000001024', value: 'AAAA' }], 'already_sent'],
  ])('of what an earlier process left goes by whether it was sealed: %s', async (_, sealed, expected) => {
    const first = setUp()
    first.gate.open = false
    first.add('one')
    await first.clock.advance(1)
    first.outbox.close()
    await first.store.write(sealed)
    const { chains, unsealed } = await loadRecords(first.store, { userId: 'ann', deviceId: 'phone' })
    const next = setUp(chains, first.store, unsealed)
    next.gate.open = false
    expect(await withdrawn(next.outbox, 'one')).toBe(expected)
  })

  it('after a restart is refused once it was sent in this life', async () => {
    const first = setUp()
    first.gate.open = false
    first.add('one')
    await first.clock.advance(1)
    first.outbox.close()
    const { chains, unsealed } = await loadRecords(first.store, { userId: 'ann', deviceId: 'phone' })
    const { clock, sent, gate, outbox } = setUp(chains, first.store, unsealed)
    outbox.wake()
    await clock.advance(1)
    gate.open = false
    sent[0]?.refused(new BackscrollError('disconnected'))
    expect(await withdrawn(outbox, 'one')).toBe('already_sent')
  })

  /** A store whose writes wait until the test lets them end. */
  const slowStore = () => {
    const store = createMemoryStore()
    const writing = { end: () => {}, fail: () => {} }
    const written = new Promise<void>((resolve, reject) => {
      writing.end = resolve
      writing.fail = () => reject(new BackscrollError('internal'))
    })
    const write = (changes: Parameters<typeof store.write>[0]) => written.then(() => store.write(changes))
    return { store: { ...store, write }, writing }
  }

  it('of what is being stored waits until that is done, and it never goes out', async () => {
    const { store, writing } = slowStore()
    const { clock, gate, outbox, add, numbers } = setUp(new Map(), store)
    gate.open = false
    add('one')
    const outcome = withdrawn(outbox, 'one')
    await clock.advance(1)
    writing.end()
    expect(await outcome).toBe('withdrawn')
    gate.open = true
    outbox.wake()
    await clock.advance(1)
    expect(numbers).toEqual([])
  })

  it('of what is being stored, and goes out at once, says that it was sent', async () => {
    const { store, writing } = slowStore()
    const { outbox, add } = setUp(new Map(), store)
    add('one')
    const outcome = withdrawn(outbox, 'one')
    writing.end()
    expect(await outcome).toBe('already_sent')
  })

  it('of what could not be stored says why, and of what a client that ended has stored that it ended', async () => {
    const [broken, ended] = [slowStore(), slowStore()]
    const [one, two] = [setUp(new Map(), broken.store), setUp(new Map(), ended.store)]
    const outcomes = [one, two].map(({ outbox, add }) => {
      add('one')
      return withdrawn(outbox, 'one')
    })
    broken.writing.fail()
    two.outbox.close()
    ended.writing.end()
    expect(await Promise.all(outcomes)).toEqual(['internal', 'stopped'])
  })

  it('that the store does not take leaves the command where it was', async () => {
    const store = createMemoryStore()
    let broken = false
    const failing = {
      ...store,
      write: (changes: Parameters<typeof store.write>[0]) =>
        broken ? Promise.reject(new BackscrollError('internal')) : store.write(changes),
    }
    const { clock, gate, outbox, add, numbers } = setUp(new Map(), failing)
    gate.open = false
    add('one')
    await clock.advance(1)
    broken = true
    expect(await withdrawn(outbox, 'one')).toBe('internal')
    gate.open = true
    outbox.wake()
    await clock.advance(1)
    expect(numbers).toEqual(['one: 1024 after 0'])
  })
})
