import type { Fold, Loaded } from './load-stream.ts'

/**
 * What a writer knows about others that append to its stream. A lost race costs a decided batch. Loading the stream
 * anew for each would take so long that the next race is lost as well, for ever where the others are faster. So
 * while others append, the writer reads their events before it decides, and keeps the state from before its
 * decisions to return to.
 */
export interface Contention<State> {
  /** Others have appended lately. */
  isExpected(): boolean
  /** Whether there were events of others. */
  looked(others: boolean): void
  /** Must be called before decisions change the state. */
  keep(loaded: Loaded<State>): void
  /** Another process was first. Answers the kept state, once; undefined when there is none. */
  lost(): Loaded<State> | undefined
}

/** How often the writer looks in vain before it assumes that nobody else appends. */
const patience = 32

export const createContention = <State>(fold: Pick<Fold<State>, 'toSnapshot' | 'fromSnapshot'>): Contention<State> => {
  let looksLeft = 0
  let kept: { readonly text: string; readonly revision: number } | undefined

  return {
    isExpected: () => looksLeft > 0,
    looked: (others) => {
      looksLeft = others ? patience : Math.max(0, looksLeft - 1)
    },
    keep: ({ state, revision }) => {
      kept = looksLeft > 0 ? { text: fold.toSnapshot(state), revision } : undefined
    },
    lost: () => {
      looksLeft = patience
      const before = kept
      kept = undefined
      return before && { state: fold.fromSnapshot(before.text), revision: before.revision }
    },
  }
}
