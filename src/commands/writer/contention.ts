import type { Fold, Loaded } from './load-stream.ts'

/**
 * What a writer knows of others that append to its stream. A lost race costs a decided batch; loading the stream anew
 * for each would cost so much time that the next one is lost as well, for ever where the others are faster. So as long
 * as others append, the writer looks for their events before it decides, and keeps the state from before the decisions
 * to go back to.
 */
export interface Contention<State> {
  /** Others have appended lately. */
  isExpected(): boolean
  /** Whether what was looked for was there. */
  looked(others: boolean): void
  /** To be called before decisions change the state. */
  keep(loaded: Loaded<State>): void
  /** Another one was first. Answers the state that was kept, once; undefined when there is none. */
  lost(): Loaded<State> | undefined
}

/** Looks in vain until nobody else is thought to append. */
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
