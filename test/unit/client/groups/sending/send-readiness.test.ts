import { expect, it } from 'vitest'
import type { OutboxEntry } from '../../../../../packages/client/src/commands/outbox-entry.ts'
import { createReadiness } from '../../../../../packages/client/src/groups/sending/send-readiness.ts'
import { newGroup } from '../../../../../packages/client/src/groups/state/group.ts'
import { createVirtualClock, settled } from '../../time/virtual-clock.ts'

const entry: OutboxEntry = {
  ...{ conversationId: 'c', messageId: 'm', clientSeq: 1 },
  command: { kind: 'message', plaintext: 'YQ==', sentAt: 0 },
}

/** A device that is not in the conversation's group; what it begins, in order. */
const setUp = () => {
  const begun: string[] = []
  const group = newGroup('c')
  const readiness = createReadiness({
    ...{ me: { userId: 'ann', deviceId: 'phone' }, clock: createVirtualClock(), random: () => 0.5 },
    book: { of: () => group },
    engine: {},
    enter: { isIn: () => false },
    outbox: { waiting: () => [], wake: () => begun.push('wake') },
    knows: () => true,
    handOver: { isDue: () => false },
    joinInBackground: async () => {
      begun.push('join')
      return 'again'
    },
    onObstacle: () => begun.push('obstacle'),
  } as never)
  return { begun, readiness }
}

it('the question whether a message may go out begins nothing, however often it is asked', async () => {
  const { begun, readiness } = setUp()
  expect([readiness.isReady(entry), readiness.isReady(entry), readiness.obstacle('c')]).toEqual([
    ...[false, false],
    undefined,
  ])
  await settled()
  expect(begun).toEqual([])
})

it('missing work is started by a call of its own, once while it is under way, and wakes the outbox', async () => {
  const { begun, readiness } = setUp()
  readiness.makeReady(entry)
  readiness.makeReady(entry)
  expect(readiness.obstacle('c')).toEqual({ name: 'waiting_for_commit' })
  await settled()
  expect(begun).toEqual(['obstacle', 'join', 'wake'])
})
