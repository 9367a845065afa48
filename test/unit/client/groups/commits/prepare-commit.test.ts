import { expect, it } from 'vitest'
import type { GroupCommand } from '../../../../../packages/client/src/commands/outbox-entry.ts'
import { createPrepareCommit } from '../../../../../packages/client/src/groups/commits/prepare-commit.ts'
import { createGroupBook } from '../../../../../packages/client/src/groups/state/group-book.ts'
import { createDirectory } from '../../../../../packages/client/src/rest/mls-directory.ts'
import { createStoreWriter } from '../../../../../packages/client/src/stores/store-writer.ts'
import { testDevice } from '../../../../support/e2ee/device.ts'
import { createVirtualClock } from '../../time/virtual-clock.ts'

const command: GroupCommand = { kind: 'group', change: { type: 'rejoin' }, quiet: true }
const entry = { conversationId: 'c', clientSeq: 1, messageId: 'm', command }
const notAsked = () => expect.fail('nobody is asked')

it('a device that is let in while its commit waits for its turn makes none', async () => {
  const { engine, device } = await testDevice('ann', '1')
  const clock = createVirtualClock()
  const onError = (thrown: unknown) => expect.fail(String(thrown))
  const book = createGroupBook(new Map(), createStoreWriter({ write: async () => {} }, clock, onError))
  const group = book.of('c')
  const inside = { now: false }
  const { prepare } = createPrepareCommit({
    ...{ me: device.credential, engine, device: () => device, book, tell: notAsked },
    directory: createDirectory({ request: notAsked, read: notAsked, bytes: notAsked }, '1'),
    ...{ trust: { offered: notAsked }, time: { latest: clock.now, ahead: () => 0 } },
    ...{ outbox: { amend: notAsked }, statements: { hear: notAsked }, enter: { isIn: () => inside.now } },
  })
  const preparing = book.inTurn(group, async () => {
    const waiting = prepare(group, entry, command)
    // The event that is being taken in has a Welcome.
    await Promise.resolve()
    inside.now = true
    return { waiting }
  })
  expect(await (await preparing).waiting).toBe(false)
  expect(group.pending).toBeUndefined()
})
