import { expect, it } from 'vitest'
import type { Accepted, OutboxEntry } from '../../../../packages/client/src/commands/outbox-entry.ts'
import { BackscrollError } from '../../../../packages/client/src/errors/backscroll-error.ts'
import { createAdmitJoiners } from '../../../../packages/client/src/invites/admit-joiners.ts'
import { type GroupInvite, loadGroupInvites } from '../../../../packages/client/src/invites/group-invites.ts'
import { settled } from '../time/virtual-clock.ts'

const link: GroupInvite = {
  ...{ inviteId: 'i', secret: 'c2VjcmV0', conversationId: 'g', expiresAt: 1_000, maxUses: 5 },
  ...{ used: ['bob'], waiting: ['bob'] },
}

/** A device that has made a link, and what it asks to be added, in order. */
const setUp = (invite: GroupInvite = link) => {
  const stored = new Map<string, unknown>([['invite/i', invite]])
  const invites = loadGroupInvites(stored, () => undefined)
  const added: string[][] = []
  const outcomes: { resolve: (accepted: Accepted) => void; reject: (error: BackscrollError) => void }[] = []
  const server = { open: new Set(['i']), fails: false, savingFails: false, asked: 0 }
  const reported: string[] = []
  const members = new Set<string>()
  const waiting: OutboxEntry[] = []
  const asked: (readonly string[])[] = []
  const ask = (_invite: GroupInvite, userIds: readonly string[]) => void asked.push(userIds)
  const joiners = createAdmitJoiners({
    ...{ invites, identityOf: () => undefined, ask, mayAdmit: () => true, newId: () => 'm', now: () => 0 },
    isMember: (_id, userId) => members.has(userId),
    outbox: {
      waiting: () => waiting,
      add: (_id, _messageId, command) => {
        if (command.kind === 'group' && command.change.type === 'add') added.push(command.change.userIds)
        return new Promise((resolve, reject) => outcomes.push({ resolve, reject }))
      },
    },
    openInvites: async () => {
      server.asked += 1
      if (server.fails) throw new BackscrollError('unavailable')
      return server.open
    },
    save: async () => {
      if (server.savingFails) throw new Error('not saved')
    },
    onError: (thrown) => reported.push(String(thrown)),
  })
  const admit = async () => {
    joiners.admit()
    await settled()
  }
  const fail = async (code: 'stale_epoch' | 'not_found' | 'identity_changed' | 'stopped') => {
    outcomes.at(-1)?.reject(new BackscrollError(code))
    await settled()
  }
  return { invites, added, asked, server, members, waiting, outcomes, reported, admit, fail }
}

it('a link that another device has revoked lets nobody in, and is forgotten', async () => {
  const { added, server, invites, admit } = setUp()
  server.open = new Set()
  await admit()
  expect([added, invites.of('i')]).toEqual([[], undefined])
})

it('while the server does not say which links are open, people wait', async () => {
  const { added, server, admit } = setUp()
  server.fails = true
  await admit()
  expect([added, server.asked]).toEqual([[], 1])
  server.fails = false
  await admit()
  expect(added).toEqual([['bob']])
})

it('what goes wrong here is reported, and does not end the letting in', async () => {
  const { added, server, reported, admit, waiting, outcomes } = setUp()
  server.savingFails = true
  await admit()
  expect(reported).toEqual(['Error: not saved'])
  server.savingFails = false
  outcomes.at(-1)?.reject(new BackscrollError('stale_epoch'))
  await admit()
  expect([added, waiting]).toEqual([[['bob'], ['bob']], []])
})

it('a joiner whose commit was overtaken is added again, once at a time', async () => {
  const { added, invites, admit, fail, outcomes, members } = setUp()
  await admit()
  await admit()
  expect(added).toEqual([['bob']])
  await fail('stale_epoch')
  expect(added).toEqual([['bob'], ['bob']])
  outcomes.at(-1)?.resolve({ revision: 1 } as never)
  await settled()
  members.add('bob')
  await admit()
  expect([added.length, invites.of('i')?.waiting, invites.of('i')?.used]).toEqual([2, [], ['bob']])
})

it('a joiner who is finally refused waits no longer, and may ask again', async () => {
  for (const code of ['not_found', 'identity_changed'] as const) {
    const { added, invites, admit, fail } = setUp()
    await admit()
    await fail(code)
    await admit()
    expect([added, invites.of('i')]).toEqual([[['bob']], { ...link, used: [], waiting: [] }])
  }
})

it('one who cannot be added keeps nobody else out', async () => {
  const { added, invites, admit, fail } = setUp({ ...link, used: ['bob', 'eve'], waiting: ['bob', 'eve'] })
  await admit()
  await fail('identity_changed')
  expect(added).toEqual([['bob', 'eve'], ['bob'], ['eve']])
  await fail('identity_changed')
  expect(invites.of('i')).toMatchObject({ used: ['bob'], waiting: ['bob'] })
})

it('a device that is closed loses nobody, and after a restart nobody is added twice', async () => {
  const { added, invites, admit, fail } = setUp()
  await admit()
  await fail('stopped')
  expect([added, invites.of('i')?.waiting]).toEqual([[['bob']], ['bob']])
  const again = setUp()
  const change = { type: 'add' as const, userIds: ['bob'] }
  const entry = {
    conversationId: 'g',
    messageId: 'm',
    clientSeq: 1,
    command: { kind: 'group' as const, change, quiet: true },
  }
  again.waiting.push(entry)
  await again.admit()
  expect(again.added).toEqual([])
  again.waiting.pop()
  await again.admit()
  expect(again.added).toEqual([['bob']])
})

it('a link with approval adds nobody: it asks once for each of them, while the link is open', async () => {
  const { added, asked, server, admit } = setUp({ ...link, approval: true })
  server.fails = true
  await admit()
  expect(asked).toEqual([])
  server.fails = false
  await admit()
  await admit()
  expect([added, asked]).toEqual([[], [['bob']]])
})

it('a link with approval that another device has revoked asks for nobody', async () => {
  const { asked, server, admit } = setUp({ ...link, approval: true })
  server.open = new Set()
  await admit()
  expect(asked).toEqual([])
})
