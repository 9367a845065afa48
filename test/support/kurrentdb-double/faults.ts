/** What a test tells the server to do wrong. */
export interface Faults {
  /**
   * The next `count` appends are stored but not answered: the call fails with UNAVAILABLE (`cut`), or nothing comes at all (`silence`).
   */
  loseAnswers(count: number, how: 'cut' | 'silence'): void
  /** The next `count` calls are answered with "not the leader, ask there". */
  denyLeadership(count: number, leader: { readonly host: string; readonly port: number }): void
  /** The next `count` calls are answered with "server is not ready". */
  denyReadiness(count: number): void
  /** The next `count` questions about what the server can do fail, not as if it were away. */
  failFeatures(count: number): void
  /** Nothing is answered and no event is sent until `resume`; connections stay as they are. */
  stall(): void
  resume(): void
  /** Stalls for so long, milliseconds. */
  stallFor(ms: number): void
  /** Ends the server's half of each open batch of appends, without an error and without the answers that are due. */
  halfCloseBatches(): void
  /** Each open subscription gets nothing any more, and is not told. New ones work. */
  silenceSubscriptions(): void
  /** Ends each open subscription as one whose reader is too slow. */
  dropSlow(): void
  /** Ends the next `count` subscriptions that way where they have caught up and would go live. */
  dropAtTransition(count: number): void
  /** Ends each open read and subscription: with UNAVAILABLE, or as if it were complete. */
  endReads(how: 'error' | 'complete'): void
}

export type Refusal =
  | { readonly kind: 'not_leader'; readonly host: string; readonly port: number }
  | { readonly kind: 'not_ready' }

/** What the services ask before they answer. */
export interface FaultPoints {
  /** The answer that a call gets instead of being served. */
  refusal(): Refusal | undefined
  failsFeatures(): boolean
  /** What becomes of the answer to an append that was stored. */
  answer(): 'send' | 'cut' | 'silence'
  /** Resolves when the server is not stalled. */
  flowing(): Promise<void> | undefined
  /** Calls `end` at the fault; returns how to stop that. */
  onHalfClose(end: () => void): () => void
  onEndReads(end: (how: 'error' | 'complete') => void): () => void
  onSilence(fall: () => void): () => void
  onDropSlow(drop: () => void): () => void
  /** Whether a subscription that has caught up is ended. */
  dropsAtTransition(): boolean
}

const registry = <Argument>() => {
  const listeners = new Set<(argument: Argument) => void>()
  return {
    add(listener: (argument: Argument) => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    call(argument: Argument) {
      for (const listener of [...listeners]) listener(argument)
    },
  }
}

export const createFaults = (): Faults & FaultPoints => {
  const batches = registry<void>()
  const reads = registry<'error' | 'complete'>()
  const subscriptions = registry<void>()
  const slow = registry<void>()
  let transitions = 0
  let lost: { count: number; readonly how: 'cut' | 'silence' } = { count: 0, how: 'cut' }
  let denied: { count: number; readonly host: string; readonly port: number } = { count: 0, host: '', port: 0 }
  let notReady = 0
  let features = 0
  let stalled: PromiseWithResolvers<void> | undefined
  const stall = (): void => {
    stalled ??= Promise.withResolvers<void>()
  }
  const resume = (): void => {
    stalled?.resolve()
    stalled = undefined
  }

  return {
    loseAnswers(count, how) {
      lost = { count, how }
    },
    denyLeadership(count, leader) {
      denied = { count, ...leader }
    },
    denyReadiness(count) {
      notReady = count
    },
    failFeatures(count) {
      features = count
    },
    stall,
    resume,
    stallFor(ms) {
      stall()
      setTimeout(resume, ms).unref()
    },
    halfCloseBatches: () => batches.call(),
    silenceSubscriptions: () => subscriptions.call(),
    dropSlow: () => slow.call(),
    dropAtTransition(count) {
      transitions = count
    },
    endReads: reads.call,
    refusal() {
      if (denied.count > 0) {
        denied.count -= 1
        return { kind: 'not_leader', host: denied.host, port: denied.port }
      }
      if (notReady === 0) return undefined
      notReady -= 1
      return { kind: 'not_ready' }
    },
    failsFeatures() {
      if (features === 0) return false
      features -= 1
      return true
    },
    answer() {
      if (lost.count === 0) return 'send'
      lost.count -= 1
      return lost.how
    },
    flowing: () => stalled?.promise,
    onHalfClose: batches.add,
    onEndReads: reads.add,
    onSilence: subscriptions.add,
    onDropSlow: slow.add,
    dropsAtTransition() {
      if (transitions === 0) return false
      transitions -= 1
      return true
    },
  }
}
