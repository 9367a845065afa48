import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { userId } from '../../../src/domain/ids.ts'
import type { NewEvent } from '../../../src/ports/event-log.ts'
import type { ParkedReaction } from '../../../src/ports/parked-reactions.ts'
import {
  createLeaveConversations,
  type LeaveConversationsDeps,
} from '../../../src/processes/reactions/leave-conversations.ts'
import { startProcessManager } from '../../../src/processes/reactions/process-manager.ts'
import { createCaughtUp } from '../../../src/processes/reactions/wait-for-views.ts'
import { readParked } from '../../../src/projections/runner/runner-meta.ts'
import { startApi } from '../../support/api/harness.ts'
import { actor } from '../../support/commands/harness.ts'
import { appendAtEnd } from '../../support/event-log/append-at-end.ts'
import { beginningOf } from '../../support/groups/beginning.ts'
import { openConversation } from '../../support/projections/read-side.ts'

type World = Awaited<ReturnType<typeof startApi>>
let world: World
beforeEach(async () => {
  world = await startApi()
})
afterEach(() => world.close())

const startGroup = async (owner: string, ...members: string[]): Promise<string> => {
  const id = randomUUID()
  const others = members.filter((member) => member !== owner).map((member) => actor(member))
  const { group, body } = await beginningOf(id, actor(owner), others)
  const command = { type: 'StartGroup' as const, actor: actor(owner), clientSeq: 1, afterClientSeq: 0, group }
  await world.commands.execute(id, { ...command, members: members.map(userId) }, body)
  return id
}

const erase = async (user: string) => {
  await world.accounts.store.provision([{ userId: user, deviceId: 'phone', at: 1 }])
  await world.accounts.own.erase(actor(user))
}

const typesOf = async (id: string) =>
  (await world.log.readStream({ stream: `conversation-${id}`, limit: 100 })).map(({ type }) => type)

const until = async (check: () => Promise<boolean>) => {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await check()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('It never happened')
}

const kept = () => ({
  checkpoints: world.accounts.store,
  records: world.accounts.store,
  now: Date.now,
  onParked: () => undefined,
})

const run = (
  bend: (deps: LeaveConversationsDeps) => Partial<LeaveConversationsDeps> = () => ({}),
  onParked: (parked: ParkedReaction) => void = () => undefined,
) => {
  const caughtUp = createCaughtUp(world.log, world.watermark)
  const parkedStreams = async () => [...(await readParked(world.documents, 'live')).keys()]
  const deps = { ...world, caughtUp, parkedStreams, store: world.accounts.store }
  return startProcessManager({
    name: 'leave-conversations',
    log: world.log,
    ...kept(),
    ...createLeaveConversations({ ...deps, ...bend(deps) }),
    onParked,
    onError: () => undefined,
    retryMs: { first: 1, most: 5 },
  })
}

test('an erased user leaves every group, also one without another owner', async () => {
  const owned = await startGroup('alice', 'bob', 'carol')
  const joined = await startGroup('bob', 'alice')
  const alone = await startGroup('alice')
  await erase('alice')
  const manager = await run()
  await until(async () => (await typesOf(alone)).includes('MemberLeft'))
  await until(async () => (await typesOf(joined)).includes('MemberLeft'))
  await until(async () => (await typesOf(owned)).includes('MemberLeft'))
  expect(await typesOf(owned)).toEqual(['ConversationStarted', 'GroupCommitted', 'RoleChanged', 'MemberLeft'])
  const [, , succession] = await world.log.readStream({ stream: `conversation-${owned}`, limit: 3 })
  expect(JSON.parse(succession?.data ?? '')).toMatchObject({ userId: 'bob', role: 'owner' })
  await manager.close()
})

test('one who is added after the erasure is out again', async () => {
  const manager = await run()
  await erase('alice')
  const group = await startGroup('bob', 'alice', 'carol')
  await until(async () => (await typesOf(group)).includes('MemberLeft'))
  await manager.close()
})

test('a direct conversation stays with the other', async () => {
  const id = randomUUID()
  const { group, body } = await beginningOf(id, actor('bob'), [actor('alice')])
  const command = { type: 'StartDirect' as const, actor: actor('bob'), clientSeq: 1, afterClientSeq: 0, group }
  await world.commands.execute(id, { ...command, peer: userId('alice') }, body)
  await erase('alice')
  const left = await startGroup('bob', 'alice')
  const manager = await run()
  await until(async () => (await typesOf(left)).includes('MemberLeft'))
  expect(await typesOf(id)).toEqual(['ConversationStarted', 'GroupCommitted'])
  await manager.close()
})

test('killed before or after any of its commands it leaves each group once [P2]', async () => {
  const groups = await Promise.all(['bob', 'carol', 'alice'].map((owner) => startGroup(owner, 'alice', 'dave')))
  await erase('alice')
  let left = 0
  for (let life = 0; life < 12; life += 1) {
    let calls = 0
    const manager = await run(({ commands }) => ({
      commands: {
        ...commands,
        execute: async (...command) => {
          calls += 1
          if (calls > life) throw new Error('killed before')
          const result = await commands.execute(...command)
          if (calls === life) throw new Error('killed after')
          left += 1
          return result
        },
      },
    }))
    await new Promise((resolve) => setTimeout(resolve, 20))
    await manager.close()
    await world.accounts.store.saveCheckpoint('leave-conversations', { epoch: world.log.epoch, position: 0n })
  }
  expect(left).toBeGreaterThan(0)
  for (const group of groups) expect((await typesOf(group)).filter((type) => type === 'MemberLeft')).toHaveLength(1)
})

test('goes on from its checkpoint, and from the start in another life of the log', async () => {
  await erase('alice')
  const seen: string[] = []
  const watch = () =>
    startProcessManager({
      name: 'watch',
      log: world.log,
      ...kept(),
      types: new Set(['UserErased']),
      react:
        ({ type }) =>
        async () => {
          seen.push(type)
          return true
        },
      onError: () => undefined,
    })
  const first = await watch()
  await until(async () => seen.length === 1)
  await until(async () => (await world.accounts.store.checkpoint('watch')) !== undefined)
  await first.close()
  await erase('bob')
  const second = await watch()
  await until(async () => seen.length === 2)
  await second.close()
  await world.accounts.store.saveCheckpoint('watch', { epoch: 'another', position: 1000n })
  const third = await watch()
  await until(async () => seen.length === 4)
  await third.close()
})

/** A trouble of the views alone: they cannot fold it, while commands pass it by. */
const viewsTrouble: NewEvent = {
  ...{ id: 'trouble', type: 'MessageEdited', version: 1, at: 1, userId: 'bob', deviceId: 'phone' },
  ...{ data: '{}', body: null },
}

/** A trouble of the whole program. */
const unknownEvent: NewEvent = { ...viewsTrouble, id: 'unknown', version: 99 }

/** A conversation of Bob and Carol, written by hand, whose views stand still at an event of this kind; what comes then they do not know. */
const standing = async (n: number, trouble: NewEvent, owner = 'bob') => {
  const conversation = openConversation(world.log, n)
  await conversation.start(
    owner,
    ['bob', 'carol'].filter((user) => user !== owner),
  )
  await appendAtEnd(world.log, conversation.stream, [trouble])
  await world.watermark.reached(await world.log.head(), 5_000)
  expect([...(await readParked(world.documents, 'live')).keys()]).toContain(conversation.stream)
  return conversation
}

test('an erased user leaves also where the views stand still and know nothing of the membership', async () => {
  const conversation = await standing(1, viewsTrouble)
  await conversation.add('bob', ['alice'])
  const manager = await run()
  // When it has looked at what is later, it is past Alice's joining.
  const other = await startGroup('bob', 'dave')
  await erase('dave')
  await until(async () => (await typesOf(other)).includes('MemberLeft'))
  await erase('alice')
  await until(async () => (await typesOf(conversation.id)).includes('MemberLeft'))
  await manager.close()
})

test("the last owner's successor is a present member, also where the views stand still", async () => {
  const conversation = await standing(1, viewsTrouble, 'alice')
  await conversation.leave('bob')
  await erase('alice')
  const manager = await run()
  await until(async () => (await typesOf(conversation.id)).length === 5)
  const events = await world.log.readStream({ stream: conversation.stream, from: 3, limit: 100 })
  expect(events.map(({ type, userId: by }) => [type, by])).toEqual([
    ['RoleChanged', 'alice'],
    ['MemberLeft', 'alice'],
  ])
  expect(JSON.parse(events[0]?.data ?? '')).toMatchObject({ userId: 'carol', role: 'owner' })
  await manager.close()
})

test('an event that nobody understands parks the erasure of those whom its conversation names, and of no others', async () => {
  await (await standing(1, unknownEvent)).add('bob', ['alice'])
  const groups = [await startGroup('bob', 'alice'), await startGroup('bob', 'dave')]
  // In this order: what follows for Dave is done when Alice's is given up.
  await erase('dave')
  await erase('alice')
  const parked: string[] = []
  const manager = await run(undefined, ({ stream }) => parked.push(stream))
  for (const group of groups) await until(async () => (await typesOf(group)).includes('MemberLeft'))
  await until(async () => parked.includes('user-alice'))
  expect(parked).not.toContain('user-dave')
  await manager.close()
})
