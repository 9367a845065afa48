import type { ClientFrame, ConnectFrame } from '@backscroll/protocol/client-frames'
import { type ConnectResult, connectResult, type ServerFrame } from '@backscroll/protocol/server-frames'
import { BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import { type ClientWebSocket, type OpenWebSocket, subprotocols } from '../platform/web-socket.ts'
import type { TokenSource } from '../sign-in/token-source.ts'
import type { Clock } from '../time/clock.ts'
import type { ChallengeAnswer } from './challenge-answer.ts'
import { type ConnectionEffect, type ConnectionEvent, type ConnectionState, transition } from './connection-state.ts'
import { parseServerFrame } from './parse-server-frame.ts'
import { type Answered, createRequests, errorOf } from './pending-requests.ts'
import { endsClient, type StopReason } from './state-reasons.ts'

type WithoutId<Frame> = Frame extends unknown ? Omit<Frame, 'id'> : never
type OutgoingFrame = WithoutId<ClientFrame>
export type Push = Exclude<ServerFrame, { type: 'reply' | 'error' | 'challenge' }>

export interface ConnectionDeps {
  readonly url: string
  readonly token: TokenSource
  /** Answers the server's challenge first, if this device has a key. */
  readonly answer: ChallengeAnswer
  readonly open: OpenWebSocket
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** The first frame of a connection, with the newest checkpoint. */
  readonly hello: () => Omit<ConnectFrame, 'id'>
  readonly onPush: (push: Push) => void
  readonly onState: (state: ConnectionState) => void
  /** There is no checkpoint to resume from; answer with `loaded` or `load_failed`. */
  readonly load: () => void
  /** The application gave no token, or no socket could be made; it is tried again. */
  readonly onError: (thrown: unknown) => void
  /** The error that reports a refusal of `connect`, given the token that was used. */
  readonly blame: (token: string, refusal: BackscrollError) => BackscrollError
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

/** Runs the state machine: one socket, one timer, and the answers to requests. */
export const createConnection = (deps: ConnectionDeps): Connection => {
  const { clock } = deps
  const requests = createRequests()
  let state: ConnectionState = { name: 'stopped', reason: 'not_started' satisfies StopReason }
  let socket: ClientWebSocket | undefined
  let session: ConnectResult | undefined
  let cancelTimer: (() => void) | undefined
  /** Counts sockets, so that late messages of an old one are ignored. */
  let generation = 0
  /** The number of the socket in use. */
  let used = ''

  const deadline = () => ('deadline' in state ? state.deadline : undefined)

  /** One timer that checks the deadline when it fires: frames move the deadline, not the timer. */
  const watch = () => {
    const due = deadline()
    if (due === undefined || cancelTimer !== undefined) return
    cancelTimer = clock.after(Math.max(0, due - clock.now()), () => {
      cancelTimer = undefined
      const now = deadline()
      if (now !== undefined && now <= clock.now()) dispatch({ type: 'timer' })
      watch()
    })
  }

  const drop = () => {
    generation += 1
    const old = socket
    socket = undefined
    if (old !== undefined) old.onopen = old.onmessage = old.onclose = old.onerror = null
    old?.close(1000)
    requests.abandon()
  }

  const receive = (data: unknown) => {
    const frame = parseServerFrame(data)
    dispatch({ type: 'frame' })
    if (frame === undefined) return
    if (frame.type === 'challenge') deps.answer.challenged(frame.challenge)
    else if (frame.type === 'reply') requests.resolve(frame.id, frame.result)
    else if (frame.type !== 'error') deps.onPush(frame)
    else if (frame.id !== undefined) requests.reject(frame.id, errorOf(frame))
  }

  const openSocket = async (fresh: boolean) => {
    generation += 1
    const mine = generation
    const closed = (code: number) => {
      if (mine === generation) dispatch({ type: 'closed', code })
    }
    try {
      const token = await deps.token.get(fresh)
      if (mine !== generation) return
      used = token
      deps.answer.begin(token)
      const opened = deps.open(deps.url, subprotocols(token))
      socket = opened
      opened.onopen = () => dispatch({ type: 'opened' })
      opened.onmessage = (event) => receive(event.data)
      opened.onclose = (event) => closed(event.code)
      opened.onerror = () => closed(1006)
    } catch (thrown) {
      deps.onError(thrown)
      if (mine !== generation) return
      const error = toBackscrollError(thrown)
      dispatch(endsClient(error.code) ? { type: 'stop', reason: error.code, error } : { type: 'no_token', error })
    }
  }

  const ask = (frame: OutgoingFrame, answered: Answered) => {
    const mayAsk = state.name === 'live' || state.name === 'resuming' || frame.type === 'connect'
    if (socket === undefined || !mayAsk) answered.reject(new BackscrollError('disconnected'))
    else socket.send(JSON.stringify({ ...frame, id: requests.add(answered) }))
  }

  const welcome = (result: unknown) => {
    const parsed = connectResult.safeParse(result)
    if (!parsed.success) return dispatch({ type: 'refused', code: 'internal', temporary: true })
    session = parsed.data
    dispatch({ type: 'connected', recovered: session.recovered, heartbeatMs: session.heartbeatMs })
  }

  const hello = () => {
    const mine = generation
    const reject = (refusal: BackscrollError) => {
      if (mine !== generation) return
      const error = deps.blame(used, refusal)
      const { code, temporary, retryAfterMs } = error
      dispatch({ type: 'refused', code, temporary, error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
    }
    const say = (proof: { readonly proof?: string }) => {
      if (mine === generation) ask({ ...deps.hello(), ...proof }, { resolve: welcome, reject })
    }
    const proving = deps.answer.prove()
    if (proving === undefined) say({})
    else proving.then(say, (thrown) => reject(toBackscrollError(thrown)))
  }

  const request = (frame: OutgoingFrame) => new Promise<unknown>((resolve, reject) => ask(frame, { resolve, reject }))

  const run = (effect: ConnectionEffect) => {
    if (effect === 'close') drop()
    else if (effect === 'load') deps.load()
    else if (effect === 'hello') hello()
    else void openSocket(effect === 'open_fresh')
  }

  const dispatch = (event: ConnectionEvent) => {
    const before = state
    const next = transition(state, event, { now: clock.now(), random: deps.random() })
    state = next.state
    if (state.name !== before.name) {
      cancelTimer?.()
      cancelTimer = undefined
    }
    watch()
    for (const effect of next.effects) run(effect)
    if (state.name !== before.name || whyOf(state) !== whyOf(before)) deps.onState(state)
  }

  return {
    dispatch,
    state: () => state,
    session: () => session,
    ask,
    reauth: async (token) => request({ type: 'reauth', token, ...(await deps.answer.prove(token)) }),
    send: (frame) => {
      if (state.name !== 'live' || socket === undefined) return false
      socket.send(JSON.stringify(frame))
      return true
    },
  }
}
