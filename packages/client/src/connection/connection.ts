import type { ClientFrame } from '@backscroll/protocol/client-frames'
import type { ConnectResult, ServerFrame } from '@backscroll/protocol/server-frames'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { Clock } from '../time/clock.ts'
import type { ChallengeAnswer } from './challenge-answer.ts'
import { type ConnectionEffect, type ConnectionEvent, type ConnectionState, transition } from './connection-state.ts'
import { type CurrentSocketDeps, createCurrentSocket } from './current-socket.ts'
import { createDeadlineTimer } from './deadline-timer.ts'
import { createHello, type HelloDeps } from './hello.ts'
import { parseServerFrame } from './parse-server-frame.ts'
import { type Answered, createRequests, errorOf } from './pending-requests.ts'
import type { StopReason } from './state-reasons.ts'

type WithoutId<Frame> = Frame extends unknown ? Omit<Frame, 'id'> : never
type OutgoingFrame = WithoutId<ClientFrame>
export type Push = Exclude<ServerFrame, { type: 'reply' | 'error' | 'challenge' }>

export interface ConnectionDeps
  extends Pick<CurrentSocketDeps, 'url' | 'token' | 'open'>,
    Pick<HelloDeps, 'hello' | 'blame'> {
  /** Answers the server's challenge first, if this device has a key. */
  readonly answer: ChallengeAnswer
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly onPush: (push: Push) => void
  readonly onState: (state: ConnectionState) => void
  /** There is no checkpoint to resume from; answer with `loaded` or `load_failed`. */
  readonly load: () => void
  /** The application gave no token, or no socket could be made; it is tried again. */
  readonly onError: (thrown: unknown) => void
}

export interface Connection {
  dispatch(event: ConnectionEvent): void
  state(): ConnectionState
  /** What the server told in its answer to `connect`; undefined before the first one. */
  session(): ConnectResult | undefined
  /** Sends a frame. Its result, the server's refusal, or `disconnected` is reported in the order of the wire. */
  ask(frame: OutgoingFrame, answered: Answered): void
  /** [T2] A new token for the open socket. */
  reauth(token: string): Promise<unknown>
  /** Sends a frame without an answer; false when there is no connection, and it was dropped. */
  send(frame: OutgoingFrame): boolean
}

const whyOf = (state: ConnectionState) => ('error' in state ? state.error : undefined)
const deadlineOf = (state: ConnectionState) => ('deadline' in state ? state.deadline : undefined)
const mayAsk = ({ name }: ConnectionState, { type }: OutgoingFrame): boolean =>
  name === 'live' || name === 'resuming' || type === 'connect'

type Machine = Pick<Connection, 'dispatch' | 'state'>

/** The state, which events move on; each move has effects. */
const createMachine = (deps: ConnectionDeps, run: (effect: ConnectionEffect) => void): Machine => {
  const { clock, random, onState } = deps
  let state: ConnectionState = { name: 'stopped', reason: 'not_started' satisfies StopReason }
  const dispatch = (event: ConnectionEvent) => {
    const before = state
    const next = transition(state, event, { now: clock.now(), random: random() })
    state = next.state
    if (state.name !== before.name) timer.reset()
    timer.watch()
    for (const effect of next.effects) run(effect)
    if (state.name !== before.name || whyOf(state) !== whyOf(before)) onState(state)
  }
  const timer = createDeadlineTimer({
    clock,
    deadline: () => deadlineOf(state),
    onDue: () => dispatch({ type: 'timer' }),
  })
  return { dispatch, state: () => state }
}

/** The socket, and what is asked over it. */
const createRequesting = (deps: ConnectionDeps, { dispatch, state }: Machine) => {
  const requests = createRequests()
  const receive = (data: unknown) => {
    const frame = parseServerFrame(data)
    dispatch({ type: 'frame' })
    if (frame === undefined) return
    if (frame.type === 'challenge') deps.answer.challenged(frame.challenge)
    else if (frame.type === 'reply') requests.resolve(frame.id, frame.result)
    else if (frame.type !== 'error') deps.onPush(frame)
    else if (frame.id !== undefined) requests.reject(frame.id, errorOf(frame))
  }
  const socket = createCurrentSocket({ ...deps, dispatch, receive })
  const ask = (frame: OutgoingFrame, answered: Answered) => {
    if (!socket.isThere() || !mayAsk(state(), frame)) answered.reject(new BackscrollError('disconnected'))
    else socket.send({ ...frame, id: requests.add(answered) })
  }
  const drop = () => {
    socket.drop()
    requests.abandon()
  }
  return { socket, ask, drop }
}

/** Runs the state machine: one socket, one timer, and the answers to requests. */
export const createConnection = (deps: ConnectionDeps): Connection => {
  let session: ConnectResult | undefined
  const run = (effect: ConnectionEffect) => {
    if (effect === 'close') drop()
    else if (effect === 'load') deps.load()
    else if (effect === 'hello') hello()
    else void socket.open(effect === 'open_fresh')
  }
  const { dispatch, state } = createMachine(deps, run)
  const { socket, ask, drop } = createRequesting(deps, { dispatch, state })
  const hello = createHello({
    ...{ socket, ask, dispatch, answer: deps.answer, hello: deps.hello, blame: deps.blame },
    onSession: (told) => {
      session = told
    },
  })
  const request = (frame: OutgoingFrame) => new Promise<unknown>((resolve, reject) => ask(frame, { resolve, reject }))

  return {
    ...{ dispatch, state, ask },
    session: () => session,
    reauth: async (token) => request({ type: 'reauth', token, ...(await deps.answer.prove(token)) }),
    send: (frame) => state().name === 'live' && socket.send(frame),
  }
}
