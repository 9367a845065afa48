import { equalBytes } from '../../../packages/client/src/encoding/bytes.ts'
import type { OwnKeyPackage } from '../../../packages/client/src/mls/commits/key-packages.ts'
import { retire } from '../../../packages/client/src/mls/key-erasure.ts'
import { forget } from '../../../packages/client/src/mls/message-encryption.ts'
import type { GroupState } from '../../../packages/client/src/mls/state/group-state.ts'
import type { Pending } from '../../../packages/client/src/mls/state/pending-commit.ts'
import { decodePending, encodePending } from '../../../packages/client/src/mls/state/pending-commit-parts.ts'
import { decodeState, encodeState } from '../../../packages/client/src/mls/state/state-parts.ts'
import type { DeliveryService, LogEntry } from './delivery.ts'
import type { TestDevice } from './device.ts'
import { text, words } from './world.ts'

/** A device that follows the log at its own pace, as the SDK does: stores, commits, loses, rebases, is lost and comes back. */
export const createWalker = (who: TestDevice, groupId: string, server: DeliveryService) => {
  const { engine, device, name } = who
  let state: GroupState | undefined
  let stored = new Map<string, Uint8Array>()
  let pending: Pending | undefined
  /** The server has accepted it, but the device does not know yet. */
  let inFlight = false
  let cursor = 0
  let joinedAt = 0
  /** Texts read, and those that should have been. */
  const read: string[] = []
  const expected: string[] = []

  /** Only what changed is written, as to a store. */
  const become = (next: GroupState): void => {
    for (const [part, bytes] of encodeState(next, state))
      if (bytes === undefined) stored.delete(part)
      else stored.set(part, bytes)
    if (state !== undefined) retire(state, [next])
    state = next
  }

  const enter = (next: GroupState, at: number): void => {
    state = undefined
    stored = new Map()
    pending = undefined
    inFlight = false
    become(next)
    cursor = at
    joinedAt = engine.epoch(next)
  }

  const leave = (): void => {
    state = undefined
    pending = undefined
    inFlight = false
  }

  const takeCommit = async (now: GroupState, entry: Extract<LogEntry, { kind: 'commit' }>): Promise<void> => {
    if (pending !== undefined && equalBytes(pending.commit, entry.pending.commit)) {
      become(engine.acceptPending(now, pending))
    } else {
      const result = await engine.processCommit(now, entry.pending.commit)
      if (result.selfRemoved) return leave()
      become(result.state)
    }
    pending = undefined
    inFlight = false
  }

  const takeMessage = async (now: GroupState, entry: Extract<LogEntry, { kind: 'message' }>): Promise<void> => {
    if (entry.from === name || entry.epoch < joinedAt) return
    expected.push(entry.text)
    const got = await engine.decrypt(now, entry.bytes)
    become(got.state)
    forget(got.spent)
    if (`${got.sender.userId}/${got.sender.deviceId}` === entry.from) read.push(words(got.plaintext))
  }

  const sync = async (entries = Number.POSITIVE_INFINITY): Promise<void> => {
    for (let left = entries; left > 0 && state !== undefined && cursor < server.log.length; left -= 1) {
      const entry = server.log[cursor]
      if (entry?.kind === 'commit') await takeCommit(state, entry)
      else if (entry?.kind === 'message') await takeMessage(state, entry)
      cursor += 1
    }
  }

  return {
    name,
    who,
    read,
    expected,
    enter,
    sync,
    state: () => state,
    pending: () => pending,
    /** `order`: in which the server gets them. */
    say: async (texts: readonly string[], order: (messages: LogEntry[]) => LogEntry[]): Promise<void> => {
      const messages: LogEntry[] = []
      for (const words of texts) {
        if (state === undefined) return
        const sent = await engine.encrypt(state, text(words), text(name))
        become(sent.state)
        forget(sent.spent)
        messages.push({ kind: 'message', from: name, epoch: sent.epoch, bytes: sent.message, text: words })
      }
      for (const message of order(messages)) if (message.kind === 'message') server.message(message)
    },
    prepare: async (make: (now: GroupState) => Promise<Pending>): Promise<void> => {
      if (state !== undefined && !inFlight) pending = await make(state)
    },
    /** The server's answer to the prepared commit; a lost one is dropped. */
    submit: (): boolean => {
      if (pending === undefined || inFlight) return false
      inFlight = server.commit(name, pending)
      if (inFlight) return true
      pending = undefined
      return false
    },
    join: async (welcome: Uint8Array, own: readonly OwnKeyPackage[]): Promise<void> => {
      const { state: joined } = await engine.join(groupId, welcome, device, own)
      enter(joined, server.log.length)
    },
    rejoin: async (): Promise<void> => {
      const fresh = await engine.externalJoin(groupId, server.groupInfo(), device)
      if (server.commit(name, fresh)) enter(engine.acceptPending(undefined, fresh), server.log.length)
    },
    /** Everything in memory is gone; what was stored comes back. */
    restart: (): void => {
      if (state !== undefined) state = decodeState(stored)
      if (pending !== undefined) pending = decodePending(encodePending(pending))
    },
    lose: leave,
  }
}

export type Walker = ReturnType<typeof createWalker>
