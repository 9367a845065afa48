import * as chains from '../commands/outbox-chain.ts'
import type { Accepted, OutboxEntry } from '../commands/outbox-entry.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import { chainChange, entryChange } from '../records/client-records.ts'
import type { ClientStore, StoreChange } from '../stores/client-store.ts'
import type { Clock } from '../time/clock.ts'
import type { OutboxCallers } from './outbox-callers.ts'
import type { OutboxQueue } from './outbox-queue.ts'

export interface OutboxIntakeDeps {
  readonly store: Pick<ClientStore, 'write'>
  readonly clock: Pick<Clock, 'now'>
  readonly queue: OutboxQueue
  readonly callers: Pick<OutboxCallers, 'wait'>
  readonly isClosed: () => boolean
  readonly wake: () => void
}

export interface AddOptions {
  /** The command is stored, and waits in its place. */
  readonly onStored?: () => void
  /** The caller may ask again, so the answer is kept. */
  readonly isAsked?: boolean
  /** Stored in the same write. */
  readonly changes?: readonly StoreChange[]
}

/** Commands come into the queue, and into the store. */
export interface OutboxIntake {
  /**
   * Numbers a command and stores it; resolves when the server has accepted it, rejects when it was finally
   * rejected.
   */
  add(
    conversationId: string,
    messageId: string,
    command: OutboxEntry['command'],
    options?: AddOptions,
  ): Promise<Accepted>
  /** Puts a command of the SDK's own before all that wait in a conversation; false when that is not possible now. */
  insert(conversationId: string, messageId: string, command: OutboxEntry['command']): boolean
  /** Gives a waiting entry another content before it was ever sent; answers what to store with it. */
  amend(entry: OutboxEntry, command: OutboxEntry['command']): readonly StoreChange[]
  /** Resolves when no command with this id is being stored any more; rejects when one could not be, or nobody knows. */
  arrival(conversationId: string, messageId: string): Promise<void>
}

/** An entry that is being stored. */
interface Coming {
  readonly messageId: string
  readonly joined: Promise<unknown>
}

export const createOutboxIntake = (deps: OutboxIntakeDeps): OutboxIntake => {
  const { store, clock, queue, callers, isClosed, wake } = deps
  /** Entries join their chains in the order of their numbers, in whatever order their writes resolve. */
  let turn: Promise<unknown> = Promise.resolve()
  /** The numbers that are being stored, by conversation, until the entries wait. */
  const coming = new Map<string, Map<number, Coming>>()
  const written = (entry: OutboxEntry, also: readonly StoreChange[] = []) => {
    const { conversationId: id } = entry
    return store.write([entryChange(entry), chainChange(id, queue.chain(id)), ...also])
  }
  const comes = ({ conversationId: id, clientSeq, messageId }: OutboxEntry, joined: Promise<unknown>): (() => void) => {
    const numbers = coming.get(id) ?? new Map<number, Coming>()
    coming.set(id, numbers.set(clientSeq, { messageId, joined }))
    return () => {
      numbers.delete(clientSeq)
      if (numbers.size === 0) coming.delete(id)
    }
  }
  /** Rejects when there will be no answer any more: it is stored, and goes out with the next start. */
  const storeInTurn = async (entry: OutboxEntry, also: readonly StoreChange[]): Promise<void> => {
    const [before, stored] = [turn, written(entry, also)]
    turn = Promise.allSettled([before, stored])
    await before
    await stored
    if (isClosed()) throw new BackscrollError('stopped')
  }
  const join = async (
    entry: OutboxEntry,
    also: readonly StoreChange[],
  ): Promise<{ readonly done: Promise<Accepted> }> => {
    await storeInTurn(entry, also)
    const done = callers.wait(entry)
    queue.put(entry.conversationId, chains.appended(queue.chain(entry.conversationId), entry))
    return { done }
  }

  return {
    add: async (id, messageId, command, options: AddOptions = {}) => {
      if (isClosed()) throw new BackscrollError('stopped')
      const clientSeq = chains.nextNumber(queue.chain(id))
      const entry: OutboxEntry = {
        conversationId: id,
        clientSeq,
        messageId,
        command,
        queuedAt: Math.round(clock.now()),
        ...(options.isAsked && { asked: true }),
      }
      queue.put(id, { ...queue.chain(id), lastClientSeq: clientSeq })
      const joined = join(entry, options.changes ?? [])
      const hasCome = comes(entry, joined)
      try {
        const { done } = await joined
        options.onStored?.()
        wake()
        return done
      } finally {
        hasCome()
      }
    },
    insert: (id, messageId, command) => {
      const [first] = coming.get(id)?.keys() ?? []
      const clientSeq = chains.numberBefore(queue.chain(id), first)
      if (isClosed() || clientSeq === undefined) return false
      const entry: OutboxEntry = { conversationId: id, clientSeq, messageId, command }
      queue.put(id, chains.inserted(queue.chain(id), entry))
      // A store that fails reports it by itself; without it the change is made anew after a restart.
      written(entry).catch(() => {})
      wake()
      return true
    },
    amend: (entry, command) => {
      const amended = { ...entry, command }
      queue.put(entry.conversationId, chains.amended(queue.chain(entry.conversationId), amended))
      return [entryChange(amended)]
    },
    arrival: async (id, messageId) => {
      const same = [...(coming.get(id)?.values() ?? [])].filter((one) => one.messageId === messageId)
      await Promise.all(same.map(({ joined }) => joined))
    },
  }
}
