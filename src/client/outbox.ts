import type { WireEvent } from '../protocol/server-frames.ts'
import { acceptedBy } from './accepted-by.ts'
import { backoffMs } from './backoff.ts'
import { BackscrollError, toBackscrollError } from './backscroll-error.ts'
import type { Clock } from './clock.ts'
import type { Changes } from './delivery.ts'
import * as chains from './outbox-chain.ts'
import { type Accepted, isQuiet, type MessageCommand, type OutboxEntry, withOutcomes } from './outbox-entry.ts'
import { chainChange, entryChange, entryRemoved } from './records.ts'
import { afterRefusal, isJudgement } from './refusal.ts'
import type { ClientStore, StoreChange } from './store.ts'

/** How an entry was received by the server. */
interface Sent {
  readonly result: Accepted
  /** What was sent as its content, base64. */
  readonly ciphertext: string | undefined
}

/** Exactly one of them is called, once. */
export interface Answers {
  readonly answered: (sent: Sent) => void
  readonly refused: (error: BackscrollError) => void
}

export interface OutboxDeps {
  readonly store: ClientStore
  readonly chains: ReadonlyMap<string, chains.Chain>
  readonly clock: Clock
  readonly random: () => number
  /** Sends one entry. Called in order within a conversation; resolves as soon as it is on its way, rejects when it is not. */
  readonly transmit: (entry: OutboxEntry, afterClientSeq: number, answers: Answers) => Promise<void>
  /** Asks what became of an entry that may have been accepted, in a way that never makes it accepted now. */
  readonly probe: (entry: OutboxEntry, command: MessageCommand, afterClientSeq: number, answers: Answers) => void
  /** Whether it may go out now. If not, whoever said so wakes the outbox once it may. */
  readonly ready: (entry: OutboxEntry) => boolean
  /** A refusal that means something to the encryption. Undefined: it is judged by its code alone. */
  readonly judge: (entry: OutboxEntry, error: BackscrollError) => 'later' | 'drop' | undefined
  /** Commands that may be unanswered at once; 0 while there is no live connection. */
  readonly window: () => number
  /** What waits in a conversation, or why, may have changed. */
  readonly onChange: (conversationId: string) => void
  readonly onAccepted: (entry: OutboxEntry, sent: Sent, forget: Changes) => void
  readonly onRejected: (entry: OutboxEntry, error: BackscrollError) => void
}

export interface Outbox {
  /** Numbers a command and stores it; resolves when the server has accepted it, rejects when it was finally rejected. */
  add(conversationId: string, messageId: string, command: OutboxEntry['command']): Promise<Accepted>
  /** Puts a command of the SDK's own before all that wait in a conversation; false when that is not possible now. */
  insert(conversationId: string, messageId: string, command: OutboxEntry['command']): boolean
  /**
   * Gives up what waits: finally rejected, and never sent from now on. What is under way has the server's answer as its outcome; what was, without an
   * answer, is asked for first.
   */
  fail(entry: OutboxEntry, error: BackscrollError): void
  /** Gives what waits another content before it was ever sent; what to store along with what that follows from. */
  amend(entry: OutboxEntry, command: OutboxEntry['command']): readonly StoreChange[]
  /** The same for one of the SDK's own, of which nobody has to know. */
  drop(entry: OutboxEntry): void
  /** What waits in a conversation, the next one first. */
  waiting(conversationId: string): readonly OutboxEntry[]
  /** An event of this device came in: what it was made by is accepted, whether or not the answer arrives. */
  seen(event: WireEvent): void
  /** Sends what may be sent now. */
  wake(): void
  /** Conversations that something waits in. */
  busy(): Iterable<string>
  chain(conversationId: string): chains.Chain
  /** Commands of a conversation that are neither accepted nor finally rejected. */
  pending(conversationId?: string): number
  close(): void
}

interface Caller {
  readonly resolve: (result: Accepted) => void
  readonly reject: (error: BackscrollError) => void
}

const storeRetryMs = 1_000

/** The first time at once: what was missing is on its way, and `ready` waits for it. */
const patience = (failures: number, random: number): number => (failures === 0 ? 0 : backoffMs(failures, random))

const failureOf = ({ code, message, details }: BackscrollError) => ({ code, message, ...(details && { details }) })

const keyOf = (entry: Pick<OutboxEntry, 'conversationId' | 'clientSeq'>): string =>
  `${entry.conversationId}/${entry.clientSeq}`

export const createOutbox = (deps: OutboxDeps): Outbox => {
  const { store, clock } = deps
  const state = new Map<string, chains.Chain>()
  /** Conversations that have something to send. */
  const busy = new Set<string>()
  const callers = new Map<string, Caller>()
  /** Given up, but maybe accepted before: the server is asked. */
  const condemned = new Map<string, BackscrollError>()
  /** Being given up: not sent any more. */
  const rejecting = new Set<string>()
  let running = false
  let again = false
  let closed = false
  let cancelTimer: (() => void) | undefined
  /** Entries join their chains in the order of their numbers, in whatever order their writes resolve. */
  let turn: Promise<unknown> = Promise.resolve()

  const chainOf = (id: string) => state.get(id) ?? chains.emptyChain
  const put = (id: string, chain: chains.Chain) => {
    state.set(id, chain)
    if (chain.entries.length > 0) busy.add(id)
    else busy.delete(id)
    deps.onChange(id)
  }
  for (const [id, chain] of deps.chains) {
    state.set(id, chain)
    if (chain.entries.length > 0) busy.add(id)
  }

  const takeCaller = (entry: OutboxEntry) => {
    const caller = callers.get(keyOf(entry))
    callers.delete(keyOf(entry))
    return caller
  }

  const find = (id: string, clientSeq: number) => chains.entryOf(chainOf(id), clientSeq)
  const isSettled = (entry: OutboxEntry) => find(entry.conversationId, entry.clientSeq) === undefined

  const answered = (entry: OutboxEntry, sent: Sent) => {
    if (isSettled(entry)) return
    const { conversationId: id } = entry
    forgetDoom(entry)
    put(id, chains.accepted(chainOf(id), entry.clientSeq))
    deps.onAccepted(entry, sent, () => [...entryRemoved(entry), chainChange(id, chainOf(id))])
    takeCaller(entry)?.resolve(withOutcomes(sent.result, entry))
    wake()
  }

  const isCondemned = (entry: OutboxEntry): entry is OutboxEntry & { readonly command: MessageCommand } =>
    entry.command.kind === 'message' && condemned.has(keyOf(entry))
  const forgetDoom = (entry: OutboxEntry) => {
    rejecting.delete(keyOf(entry))
    condemned.delete(keyOf(entry))
  }

  /** Stored before anyone is told, so that a restart does not try again what the application believes to have failed. */
  const reject = async (entry: OutboxEntry, error: BackscrollError) => {
    if (isQuiet(entry)) return drop(entry)
    const { conversationId: id } = entry
    rejecting.add(keyOf(entry))
    try {
      await store.write([entryChange({ ...entry, failed: failureOf(error) })])
    } catch {
      rejecting.delete(keyOf(entry))
      put(id, chains.postponed(chainOf(id), entry.clientSeq, clock.now() + storeRetryMs))
      return wake()
    }
    forgetDoom(entry)
    put(id, chains.rejected(chainOf(id), entry.clientSeq))
    deps.onRejected(entry, error)
    takeCaller(entry)?.reject(error)
    wake()
  }

  /** Of the SDK's own commands nobody has to know. */
  const drop = (entry: OutboxEntry) => {
    if (isSettled(entry)) return
    const { conversationId: id } = entry
    put(id, chains.rejected(chainOf(id), entry.clientSeq))
    store.write(entryRemoved(entry)).catch(() => {})
    takeCaller(entry)?.reject(new BackscrollError('stopped'))
    wake()
  }

  const refused = (entry: OutboxEntry, error: BackscrollError) => {
    if (isSettled(entry)) return
    const { conversationId: id, clientSeq } = entry
    if (isJudgement(error)) put(id, chains.refused(chainOf(id), clientSeq))
    put(id, { ...chainOf(id), refusedWith: error.code })
    const doom = condemned.get(keyOf(entry))
    if (doom !== undefined && !chains.isDoubtful(chainOf(id), clientSeq)) return void reject(entry, doom)
    const verdict = doom === undefined ? deps.judge(entry, error) : undefined
    if (verdict !== undefined) {
      put(id, chains.postponed(chainOf(id), clientSeq, clock.now() + patience(chainOf(id).failures, deps.random())))
      // Whoever put it in may do so again at once: the chain has its patience all the same.
      return verdict === 'drop' ? drop(entry) : wake()
    }
    const next = afterRefusal(chainOf(id), clientSeq, error, clock.now(), deps.random())
    if (next === undefined) return void reject(entry, error)
    put(id, next)
    wake()
  }

  const transmit = async (entry: OutboxEntry) => {
    const chain = chainOf(entry.conversationId)
    put(entry.conversationId, chains.sent(chain, entry.clientSeq))
    const answers = {
      answered: (sent: Sent) => answered(entry, sent),
      refused: (error: BackscrollError) => refused(entry, error),
    }
    const after = chains.predecessor(chain, entry.clientSeq)
    try {
      if (isCondemned(entry)) deps.probe(entry, entry.command, after, answers)
      else await deps.transmit(entry, after, answers)
    } catch (thrown) {
      refused(entry, toBackscrollError(thrown))
    }
  }

  const inFlight = () => [...busy].reduce((sum, id) => sum + chainOf(id).inFlight.size, 0)

  /** What is given up goes out only to be asked for. */
  const maySend = (entry: OutboxEntry): boolean =>
    !rejecting.has(keyOf(entry)) && (isCondemned(entry) || deps.ready(entry))

  const fail = (entry: OutboxEntry, error: BackscrollError) => {
    const { conversationId: id, clientSeq } = entry
    if (isSettled(entry) || rejecting.has(keyOf(entry)) || chainOf(id).inFlight.has(clientSeq)) return
    // What goes over REST is given up before it was ever sent, or is sent again as it was.
    const isInDoubt = entry.command.kind === 'message' && chains.isDoubtful(chainOf(id), clientSeq)
    if (!isInDoubt) return void reject(entry, error)
    condemned.set(keyOf(entry), error)
    wake()
  }

  /** One entry of each conversation in turn, so that a long queue does not hold up the others. */
  const round = async (): Promise<boolean> => {
    let progress = false
    for (const id of [...busy]) {
      const entry = !closed && inFlight() < deps.window() ? chains.nextToSend(chainOf(id), clock.now()) : undefined
      if (entry === undefined || !maySend(entry)) continue
      await transmit(entry)
      progress = true
    }
    return progress
  }

  const wakeWhenDue = () => {
    cancelTimer?.()
    const due = [...busy].map((id) => chainOf(id).notBefore).filter((time) => time > clock.now())
    cancelTimer = closed || due.length === 0 ? undefined : clock.after(Math.min(...due) - clock.now(), wake)
  }

  const run = async () => {
    running = true
    while (again) {
      again = false
      while (await round());
    }
    running = false
    wakeWhenDue()
  }

  const wake = () => {
    again = true
    if (!running) void run()
  }

  return {
    add: async (id, messageId, command) => {
      if (closed) throw new BackscrollError('stopped')
      const clientSeq = chains.nextNumber(chainOf(id))
      const entry: OutboxEntry = { conversationId: id, clientSeq, messageId, command }
      put(id, { ...chainOf(id), lastClientSeq: clientSeq })
      const written = store.write([entryChange(entry), chainChange(id, chainOf(id))])
      const before = turn
      turn = Promise.allSettled([before, written])
      await before
      await written
      // Stored, but nobody will answer any more: it goes out with the next start.
      if (closed) throw new BackscrollError('stopped')
      const done = new Promise<Accepted>((resolve, reject) => callers.set(keyOf(entry), { resolve, reject }))
      put(id, chains.appended(chainOf(id), entry))
      wake()
      return done
    },
    insert: (id, messageId, command) => {
      const clientSeq = chains.numberBefore(chainOf(id))
      if (closed || clientSeq === undefined) return false
      const entry: OutboxEntry = { conversationId: id, clientSeq, messageId, command }
      put(id, chains.inserted(chainOf(id), entry))
      store.write([entryChange(entry), chainChange(id, chainOf(id))]).catch(() => {})
      wake()
      return true
    },
    drop,
    fail,
    amend: (entry, command) => {
      const amended = { ...entry, command }
      put(entry.conversationId, chains.amended(chainOf(entry.conversationId), amended))
      return [entryChange(amended)]
    },
    waiting: (id) => chainOf(id).entries,
    seen: (event) => {
      const entry = find(event.stream.id, Number(event.data.clientSeq ?? 0))
      const same = entry !== undefined && (event.data.messageId ?? entry.messageId) === entry.messageId
      if (same) answered(entry, { result: acceptedBy(event), ciphertext: undefined })
    },
    wake,
    busy: () => busy,
    chain: chainOf,
    pending: (id) => (id === undefined ? [...busy] : [id]).reduce((sum, one) => sum + chainOf(one).entries.length, 0),
    close: () => {
      closed = true
      cancelTimer?.()
      for (const caller of callers.values()) caller.reject(new BackscrollError('stopped'))
      callers.clear()
    },
  }
}
