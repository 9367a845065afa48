import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryBlobs } from '../../../src/adapters/memory/blob-store.ts'
import { decodeConversationEvent } from '../../../src/codec/conversation-codec.ts'
import { createPrepareCommit } from '../../../src/commands/rules/prepare-commit.ts'
import { evolve, initialState } from '../../../src/domain/conversation/conversation-state.ts'
import type { GroupChange } from '../../../src/domain/conversation/groups/group.ts'
import { type Actor, deviceId, messageId, userId } from '../../../src/domain/ids.ts'
import { harness } from '../../support/commands/harness.ts'
import { device, groupIdOf } from '../../support/groups/mls-frames.ts'
import { leavesOf, type MadeCommit, type MlsDevice, openMls } from '../../support/mls/devices.ts'

const users = ['ann', 'bob', 'carol', 'dave'] as const
const conversationId = '018f0000-0000-7000-8000-00000000000a'

const step = fc.record({
  kind: fc.constantFrom('add', 'add', 'remove', 'revoke', 'expel', 'update', 'join', 'rejoin', 'lose', 'reset'),
  by: fc.nat(100),
  whom: fc.nat(100),
  count: fc.integer({ min: 1, max: 3 }),
})
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const actorOf = ({ name }: MlsDevice): Actor => ({ userId: userId(name.userId), deviceId: deviceId(name.deviceId) })
const nobody: GroupChange = { addUsers: [], addDevices: [], removeDevices: [] }

/** Real devices in real groups, whose commits go through the server's real parsers and deciders. */
const openWorld = async () => {
  const mls = await openMls()
  let clock = 1_000_000
  // A minute passes between commands, so that the limit of commits is never met.
  const { commands, log } = harness((log) => log, { now: () => (clock += 60_000) })
  const prepareCommit = createPrepareCommit({ blobs: createMemoryBlobs() })
  const devices: MlsDevice[] = []
  for (const user of users) for (const name of ['phone', 'tablet']) devices.push(await mls.device(device(user, name)))
  const numbers = new Map<MlsDevice, number>()
  let groupInfo = ''
  let generation = 0

  const serverState = async () => {
    const events = await log.readStream({ stream: `conversation-${conversationId}`, limit: 10_000 })
    return events.map((event) => decodeConversationEvent(event, { validate: true })).reduce(evolve, initialState())
  }
  const numbered = (by: MlsDevice) => {
    const last = numbers.get(by) ?? 0
    numbers.set(by, last + 1)
    return { actor: actorOf(by), clientSeq: last + 1, afterClientSeq: last }
  }
  const inside = (): MlsDevice[] => devices.filter(({ state }) => state !== undefined)
  const outside = (): MlsDevice[] => devices.filter(({ state }) => state === undefined)
  const pick = (from: readonly MlsDevice[], at: number): MlsDevice | undefined => from[at % Math.max(1, from.length)]

  /** The commit wins: everybody who was in processes it, everybody who was added comes in. */
  const deliver = async (by: MlsDevice, made: MadeCommit, removed: readonly MlsDevice[]): Promise<void> => {
    for (const gone of removed) gone.state = undefined
    for (const other of inside()) if (other !== by) await mls.process(other, made.commit)
    for (const added of made.packages.keys()) await mls.welcome(added, made)
    by.state = made.state
    groupInfo = made.groupInfo
  }

  const submit = async (by: MlsDevice, made: MadeCommit, change: GroupChange): Promise<void> => {
    const { epoch = 0 } = (await serverState()).mls ?? {}
    const { commit, body } = await prepareCommit(conversationId, made)
    await commands.execute(conversationId, { type: 'CommitGroup', ...numbered(by), epoch, change, commit }, body)
  }

  const leafOf = (among: MlsDevice, whom: MlsDevice): number => {
    const key = `${whom.name.userId}/${whom.name.deviceId}`
    return [...leavesOf(among)].find(([, one]) => one === key)?.[0] ?? -1
  }

  const removeNow = async (by: MlsDevice, whom: readonly MlsDevice[]): Promise<void> => {
    const made = await mls.remove(
      by,
      whom.map((one) => leafOf(by, one)),
    )
    await submit(by, made, { ...nobody, removeDevices: whom.map(actorOf) })
    await deliver(by, made, whom)
  }

  const begin = async (): Promise<void> => {
    const [maker] = devices
    if (maker === undefined) return
    for (const one of devices) one.state = undefined
    await mls.begin(maker, groupIdOf(conversationId, generation))
    groupInfo = maker.state === undefined ? '' : await mls.groupInfoOf(maker.state)
    const { commit, body } = await prepareCommit(conversationId, { groupInfo })
    if (generation > 0) {
      const command = { type: 'CommitGroup' as const, ...numbered(maker), epoch: 0, change: nobody, commit }
      await commands.execute(conversationId, command, body)
    } else {
      const group = { addDevices: [], commit }
      const members = users.map(userId)
      await commands.execute(conversationId, { type: 'StartGroup', ...numbered(maker), members, group }, body)
    }
  }

  const steps: Record<Step['kind'], (by: MlsDevice, step: Step) => Promise<void>> = {
    add: async (by, { whom, count }) => {
      const added = outside().slice(whom % 3, (whom % 3) + count)
      if (added.length === 0) return
      const made = await mls.add(by, added)
      await submit(by, made, { ...nobody, addDevices: added.map(actorOf) })
      await deliver(by, made, [])
    },
    remove: async (by) => {
      const own = inside().find((one) => one !== by && one.name.userId === by.name.userId)
      if (own !== undefined) await removeNow(by, [own])
    },
    revoke: async (by, { whom, count }) => {
      const others = inside().filter((one) => one !== by)
      const revoked = others.slice(whom % Math.max(1, others.length)).slice(0, count)
      for (const one of revoked) await commands.askDeviceRemoval(conversationId, actorOf(by), actorOf(one))
      if (revoked.length > 0) await removeNow(by, revoked)
    },
    expel: async (_by, { whom }) => {
      const owner = inside().find(({ name }) => name.userId === 'ann')
      const user = users[1 + (whom % 3)] ?? 'bob'
      if (owner === undefined) return
      await commands.execute(conversationId, { type: 'RemoveMember', ...numbered(owner), userId: userId(user) }, null)
      const gone = inside().filter(({ name }) => name.userId === user)
      if (gone.length > 0) await removeNow(owner, gone)
      const [first] = devices.filter(({ name }) => name.userId === user)
      if (first === undefined) return
      const made = await mls.add(owner, [first], [user])
      await submit(owner, made, { ...nobody, addUsers: [userId(user)], addDevices: [actorOf(first)] })
      await deliver(owner, made, [])
    },
    update: async (by) => {
      const made = await mls.update(by)
      await submit(by, made, nobody)
      await deliver(by, made, [])
    },
    join: async (_by, { whom }) => {
      const joiner = pick(outside(), whom)
      if (joiner === undefined) return
      const made = await mls.joinFromOutside(joiner, groupInfo, false)
      await submit(joiner, made, { ...nobody, addDevices: [actorOf(joiner)] })
      await deliver(joiner, made, [])
    },
    rejoin: async (by) => {
      // A device that was alone has no group to return to; that takes a reset.
      if (inside().length < 2) return
      const made = await mls.joinFromOutside(by, groupInfo, true)
      await submit(by, made, { ...nobody, addDevices: [actorOf(by)], removeDevices: [actorOf(by)] })
      await deliver(by, made, [])
    },
    lose: async (by) => {
      // The commit of one loses to that of the other, who then sends it again upon the new epoch.
      const other = inside().find((one) => one !== by)
      if (other === undefined) return
      const [lost, won] = [await mls.update(by), await mls.update(other)]
      await submit(other, won, nobody)
      const { epoch = 0 } = (await serverState()).mls ?? {}
      const { commit, body } = await prepareCommit(conversationId, lost)
      const last = numbers.get(by) ?? 0
      const refused = commands.execute(
        conversationId,
        {
          type: 'CommitGroup',
          actor: actorOf(by),
          clientSeq: last + 1,
          afterClientSeq: last,
          epoch: epoch - 1,
          change: nobody,
          commit,
        },
        body,
      )
      await expect(refused).rejects.toMatchObject({ code: 'stale_epoch', details: { epoch } })
      await deliver(other, won, [])
    },
    reset: async (_by, { whom }) => {
      const owner = devices[0]
      if (owner === undefined || whom > 20) return
      await commands.execute(
        conversationId,
        { type: 'ResetGroup', ...numbered(owner), generation: generation + 1 },
        null,
      )
      generation += 1
      await begin()
    },
  }

  return {
    begin,
    take: async (one: Step): Promise<void> => {
      const by = pick(inside(), one.by)
      if (by !== undefined) await steps[one.kind](by, one)
    },
    /** The server's leaves are those of every device's tree, and a message of anybody is taken. */
    check: async (): Promise<void> => {
      const { mls: group, lastSeq } = await serverState()
      for (const one of inside()) {
        expect(new Map(leavesOf(one))).toEqual(new Map([...(group?.leaves ?? [])].sort(([a], [b]) => a - b)))
        expect(Number(one.state?.groupContext.epoch)).toBe(group?.epoch)
      }
      const sender = pick(inside(), lastSeq)
      if (sender === undefined) return
      const command = { type: 'SendMessage' as const, ...numbered(sender), messageId: messageId(randomUUID()) }
      await commands.execute(conversationId, command, await mls.encrypt(sender, 'hello'))
    },
    close: () => commands.close(),
  }
}

describe('[E5] the server reads the tree off the commits', () => {
  it('over random walks of real groups its leaves are always those of every device', async () => {
    const taken = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 25, size: 'max' }), async (steps) => {
        const world = await openWorld()
        await world.begin()
        for (const one of steps) {
          await world.take(one)
          taken.add(one.kind)
          await world.check()
        }
        await world.close()
      }),
      { numRuns: 8, endOnFailure: true },
    )
    expect(taken.size).toBe(9)
  }, 120_000)
})
