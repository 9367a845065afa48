import { expect, it } from 'vitest'
import type { GroupChange, OutboxEntry } from '../../../../../packages/client/src/commands/outbox-entry.ts'
import type { BackscrollError } from '../../../../../packages/client/src/errors/backscroll-error.ts'
import { E2eeError } from '../../../../../packages/client/src/errors/e2ee-error.ts'
import { createPrerequisiteFailure } from '../../../../../packages/client/src/groups/sending/prerequisite-failure.ts'
import { newGroup } from '../../../../../packages/client/src/groups/state/group.ts'

const message: OutboxEntry = {
  ...{ conversationId: 'g', messageId: 'm', clientSeq: 2 },
  command: { kind: 'message', plaintext: 'YQ==', sentAt: 0 },
}
const quiet = (change: GroupChange): OutboxEntry => ({
  ...{ conversationId: 'g', messageId: 'a', clientSeq: 1 },
  command: { kind: 'group', change, quiet: true },
})

/** What becomes of a message of the application's that waits behind a change that cannot be made. */
const outcome = (change: GroupChange, code: 'identity_changed' | 'no_device') => {
  const failed: string[] = []
  const dropped: (string | undefined)[] = []
  const reported: unknown[] = []
  const fail = createPrerequisiteFailure({
    hold: () => undefined,
    prepare: { giveUp: () => undefined },
    absentMembers: { askAgain: () => undefined },
    outbox: {
      waiting: () => [quiet(change), message],
      fail: (_entry, error: BackscrollError) => void failed.push(error.code),
      drop: (_entry, error?: BackscrollError) => void dropped.push(error?.code),
    },
    onError: (thrown) => void reported.push(thrown),
  })
  fail(newGroup('g'), quiet(change), new E2eeError(code, { userId: 'bob' }))
  return { failed, dropped, reported: reported.length }
}

it('a message is sent although a user who came by a link cannot be added', () => {
  const change: GroupChange = { type: 'add', userIds: ['bob'] }
  for (const code of ['no_device', 'identity_changed'] as const)
    expect(outcome(change, code)).toEqual({ failed: [], dropped: [code], reported: 1 })
})

it("a message waits for a decision when a member's key has changed, and not for one more device", () => {
  const change: GroupChange = { type: 'devices', userIds: ['bob'] }
  expect(outcome(change, 'identity_changed')).toMatchObject({ failed: ['identity_changed'], reported: 0 })
  expect(outcome(change, 'no_device')).toMatchObject({ failed: [], reported: 1 })
})
