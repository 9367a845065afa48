import { E2eeError } from '../../../packages/client/src/errors/e2ee-error.ts'
import { forget } from '../../../packages/client/src/mls/message-encryption.ts'
import type { GroupState } from '../../../packages/client/src/mls/state/group-state.ts'
import type { Pending } from '../../../packages/client/src/mls/state/pending-commit.ts'
import { claimFrom, type TestDevice } from './device.ts'

/** A device in the group, with the state that it holds. */
export interface Participant {
  readonly who: TestDevice
  state: GroupState
}

export const text = (words: string): Uint8Array => new TextEncoder().encode(words)
export const words = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

export const codeOf = async (step: Promise<unknown>): Promise<string> => {
  try {
    await step
    return 'none'
  } catch (thrown) {
    if (thrown instanceof E2eeError) return thrown.code
    throw thrown
  }
}

/** The server of one group: it orders commits and carries bytes. */
export const createGroupWorld = (groupId: string) => {
  const inside = new Map<string, Participant>()
  let groupInfo = new Uint8Array() as Uint8Array

  const others = (name: string) => [...inside.values()].filter(({ who }) => who.name !== name)

  const deliverCommit = async (from: string, pending: Pending): Promise<void> => {
    for (const other of others(from)) {
      const result = await other.who.engine.processCommit(other.state, pending.commit)
      other.who.see(result.seen)
      other.state = result.state
      if (result.selfRemoved) inside.delete(other.who.name)
    }
    groupInfo = pending.groupInfo
  }

  const accept = async (participant: Participant, pending: Pending): Promise<void> => {
    const { who } = participant
    await deliverCommit(who.name, pending)
    participant.state = who.engine.acceptPending(participant.state, pending)
  }

  return {
    groupId,
    inside,
    groupInfo: () => groupInfo,
    deliverCommit,
    accept,
    start: async (who: TestDevice): Promise<Participant> => {
      const participant = { who, state: await who.engine.createGroup(groupId, who.device) }
      inside.set(who.name, participant)
      groupInfo = await who.engine.groupInfo(participant.state)
      return participant
    },
    add: async (by: Participant, newcomers: readonly TestDevice[]): Promise<readonly Participant[]> => {
      const packages = await Promise.all(newcomers.map(claimFrom))
      const pending = await by.who.engine.commitAdd(
        by.state,
        packages.map(({ claimed }) => claimed),
      )
      by.who.see(pending.seen)
      await accept(by, pending)
      const joined: Participant[] = []
      for (const [at, who] of newcomers.entries()) {
        const own = packages[at]?.own
        if (own === undefined || pending.welcome === undefined) throw new Error('No welcome')
        const { state, seen } = await who.engine.join(groupId, pending.welcome, who.device, [own])
        who.see(seen)
        const participant = { who, state }
        inside.set(who.name, participant)
        joined.push(participant)
      }
      return joined
    },
    remove: async (by: Participant, gone: readonly string[]): Promise<void> => {
      const leaves = by.who.engine
        .members(by.state)
        .filter(({ userId, deviceId }) => gone.includes(`${userId}/${deviceId}`))
        .map(({ leaf }) => leaf)
      await accept(by, await by.who.engine.commitRemove(by.state, leaves))
    },
    update: async (by: Participant): Promise<void> => accept(by, await by.who.engine.emptyCommit(by.state)),
    rejoin: async (who: TestDevice): Promise<Participant> => {
      const pending = await who.engine.externalJoin(groupId, groupInfo, who.device)
      who.see(pending.seen)
      await deliverCommit(who.name, pending)
      const participant = { who, state: who.engine.acceptPending(undefined, pending) }
      inside.set(who.name, participant)
      return participant
    },
    /** Sends to all others; answers what each read. */
    say: async (from: Participant, plaintext: string): Promise<readonly string[]> => {
      const sent = await from.who.engine.encrypt(from.state, text(plaintext), text('aad'))
      from.state = sent.state
      forget(sent.spent)
      const read: string[] = []
      for (const other of others(from.who.name)) {
        const got = await other.who.engine.decrypt(other.state, sent.message)
        other.state = got.state
        forget(got.spent)
        read.push(`${got.sender.userId}/${got.sender.deviceId}: ${words(got.plaintext)}`)
      }
      return read
    },
  }
}
