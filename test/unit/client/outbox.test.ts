import { expect, it } from 'vitest'
import { BackscrollError } from '../../../src/client/backscroll-error.ts'
import { createMemoryStore } from '../../../src/client/memory-store.ts'
import { createOutbox, type Outbox } from '../../../src/client/outbox.ts'
import { createVirtualClock } from './virtual-clock.ts'

const refusal = new BackscrollError('commit_mismatch')

it("a command of the SDK's own that is refused and put in again goes out with more and more patience", async () => {
  const clock = createVirtualClock()
  let changes = 0
  const outbox: Outbox = createOutbox({
    store: createMemoryStore(),
    chains: new Map(),
    clock,
    random: () => 0.5,
    // The message waits for a change of its group, which is put in whenever it is missing.
    ready: (entry) => {
      if (entry.command.kind === 'group') return true
      outbox.insert('c', 'change', { kind: 'group', change: { type: 'begin' }, quiet: true })
      return false
    },
    transmit: async (_, __, answers) => {
      changes += 1
      // Without patience it would go on for ever at one moment.
      if (changes < 100) answers.refused(refusal)
    },
    judge: () => 'drop',
    window: () => 10,
    onAccepted: () => {},
    onRejected: () => {},
  })
  void outbox.add('c', 'm', { kind: 'message', sentAt: 0 }).catch(() => {})
  await clock.advance(10_000)
  expect(changes).toBeGreaterThan(3)
  expect(changes).toBeLessThan(8)
  outbox.close()
})
