import { expect } from 'vitest'
import type { Decision } from '../../../src/domain/decision.ts'
import type { Rejection, RejectionCode } from '../../../src/domain/rejection.ts'

export interface Decider<State, Command, Event> {
  initialState(): State
  evolve(state: State, event: Event): State
  decide(state: State, command: Command): Decision<Event>
}

export interface Outcome<Event> {
  /** Accepted, with exactly these events. */
  thenEvents(...events: readonly Event[]): void
  /** Accepted, with events of which these are the types and data. */
  thenData(...data: readonly object[]): void
  thenRejection(code: RejectionCode, details?: Rejection['details']): void
  thenRepeat(revision: number | undefined): void
}

export interface Specification<Command, Event> {
  given(...events: readonly Event[]): { when(command: Command): Outcome<Event> }
}

interface AnyEvent {
  readonly type: string
  readonly data: object
}

const typeAndData = ({ type, data }: AnyEvent): object => ({ type, ...data })

const outcome = <Event extends AnyEvent>(decision: Decision<Event>): Outcome<Event> => ({
  thenEvents: (...events) => expect(decision).toEqual({ kind: 'accepted', events }),
  thenData: (...data) => {
    expect(decision.kind === 'accepted' ? decision.events.map(typeAndData) : decision).toEqual(data)
  },
  thenRejection: (code, details) => {
    expect(decision.kind === 'rejected' ? decision.rejection.code : decision).toEqual(code)
    if (details === undefined || decision.kind !== 'rejected') return
    expect(decision.rejection.details).toEqual(details)
  },
  thenRepeat: (revision) => expect(decision).toEqual({ kind: 'repeat', revision }),
})

/** Examples of a decider's behaviour: given(what happened).when(a command).then...(what follows). */
export const specify = <State, Command, Event extends AnyEvent>(
  decider: Decider<State, Command, Event>,
): Specification<Command, Event> => ({
  given: (...events) => ({
    when: (command) => outcome(decider.decide(events.reduce(decider.evolve, decider.initialState()), command)),
  }),
})
