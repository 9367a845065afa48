import { closeCodes, mayReconnect } from '@backscroll/protocol/close-codes'
import type { BackscrollError } from '../errors/backscroll-error.ts'
import { backoffMs } from '../time/backoff.ts'
import { isStopReason, type StopReason, type WaitReason } from './state-reasons.ts'

/**
 * The connection as a value. `deadline` (milliseconds since the Unix epoch) is when the shell has to report
 * `timer`. `attempt` counts failures since the connection was last live. `error`: the last failure, where there was
 * one.
 */
export type ConnectionState =
  /** `reason`: a `StopReason`, or the code of the error that ended it. */
  | { readonly name: 'stopped'; readonly reason: string; readonly error?: BackscrollError | undefined }
  /** Keys and registration of this device are on their way, over REST; a temporary failure is tried again. */
  | { readonly name: 'enrolling'; readonly error?: BackscrollError | undefined }
  /** Until another device of the user, or the recovery key, lets this one in. */
  | { readonly name: 'awaiting_approval' }
  /** A snapshot is being loaded over REST: there is no checkpoint to resume from. */
  | { readonly name: 'loading'; readonly attempt: number }
  | {
      readonly name: 'connecting'
      readonly attempt: number
      readonly opened: boolean
      readonly fresh: boolean
      readonly deadline: number
    }
  /** Pages of missed events arrive. */
  | { readonly name: 'resuming'; readonly attempt: number; readonly silenceMs: number; readonly deadline: number }
  | { readonly name: 'live'; readonly silenceMs: number; readonly deadline: number }
  | {
      readonly name: 'waiting'
      readonly attempt: number
      readonly deadline: number
      readonly next: 'load' | 'open' | 'open_fresh'
      readonly reason: WaitReason
      readonly error?: BackscrollError | undefined
    }

type Failed = { readonly error?: BackscrollError | undefined }

export type ConnectionEvent =
  | { readonly type: 'enrol' }
  /** A temporary failure: it is tried again. */
  | ({ readonly type: 'enrol_failed' } & Failed)
  | { readonly type: 'approval_needed' }
  /** This device is enrolled. */
  | { readonly type: 'start'; readonly hasCheckpoint: boolean }
  /** The application gave no access token. */
  | ({ readonly type: 'no_token' } & Failed)
  | ({ readonly type: 'stop'; readonly reason: string } & Failed)
  | { readonly type: 'opened' }
  | { readonly type: 'connected'; readonly recovered: boolean; readonly heartbeatMs: number }
  | ({
      readonly type: 'refused'
      readonly code: string
      readonly temporary: boolean
      readonly retryAfterMs?: number
    } & Failed)
  | { readonly type: 'caught_up' }
  | { readonly type: 'frame' }
  | { readonly type: 'closed'; readonly code: number }
  /** A sync was refused with `snapshot_required`. */
  | { readonly type: 'lost_position' }
  | { readonly type: 'loaded' }
  | ({ readonly type: 'load_failed'; readonly retryAfterMs?: number } & Failed)
  | { readonly type: 'timer' }
  | { readonly type: 'online' }
  | { readonly type: 'offline' }

/** `open_fresh`: with a new access token. `hello`: send `connect`. */
export type ConnectionEffect = 'open' | 'open_fresh' | 'hello' | 'close' | 'load'

export interface Transition {
  readonly state: ConnectionState
  readonly effects: readonly ConnectionEffect[]
}

export interface Surroundings {
  readonly now: number
  /** In [0, 1). */
  readonly random: number
}

/** How long the handshake, from opening the socket to the answer to `connect`, may take. */
export const connectTimeoutMs = 15_000
/** [T6] No frame for two heartbeats: reconnect. */
const heartbeats = 2

const to = (state: ConnectionState, ...effects: ConnectionEffect[]): Transition => ({ state, effects })

const stop = (reason: string, error?: BackscrollError): Transition => to({ name: 'stopped', reason, error }, 'close')

const load = (attempt: number, ...before: ConnectionEffect[]): Transition =>
  to({ name: 'loading', attempt }, ...before, 'load')

const open = (
  attempt: number,
  around: Surroundings,
  effect: 'open' | 'open_fresh',
  ...before: ConnectionEffect[]
): Transition =>
  to(
    {
      ...{ name: 'connecting', attempt, opened: false, fresh: effect === 'open_fresh' },
      deadline: around.now + connectTimeoutMs,
    },
    ...before,
    effect,
  )

type Next = Extract<ConnectionState, { name: 'waiting' }>['next']

interface Why extends Failed {
  readonly reason: WaitReason
  readonly retryAfterMs?: number
}

const wait = (attempt: number, around: Surroundings, next: Next, { reason, error, retryAfterMs = 0 }: Why) =>
  to(
    {
      name: 'waiting',
      attempt: attempt + 1,
      ...{ next, reason, error },
      deadline: around.now + backoffMs(attempt, around.random, retryAfterMs),
    },
    'close',
  )

const tokenCodes: ReadonlySet<string> = new Set(['unauthenticated', 'token_expired'])

const stopReasonOf = (code: number): StopReason => {
  const [name] = Object.entries(closeCodes).find(([, known]) => known === code) ?? []
  return name !== undefined && isStopReason(name) ? name : 'closed_by_server'
}

interface Before {
  readonly attempt: number
  /** The token was fetched anew, for this very connection. */
  readonly fresh: boolean
  /** It opened, so the token was not refused without the client seeing it. */
  readonly opened: boolean
}

const closed = (code: number, { attempt, fresh, opened }: Before, around: Surroundings): Transition => {
  // Another sign-in may have happened meanwhile; a new token that does not count ends it.
  if (code === closeCodes.signed_out && !fresh) return open(attempt + 1, around, 'open_fresh', 'close')
  if (!mayReconnect(code)) return stop(stopReasonOf(code))
  if (code === closeCodes.token_expired && attempt === 0) return open(1, around, 'open_fresh', 'close')
  if (code === closeCodes.token_expired) return wait(attempt, around, 'open_fresh', { reason: 'token' })
  const reason = code === closeCodes.server_restart ? 'server_restart' : 'disconnected'
  return wait(attempt, around, opened ? 'open' : 'open_fresh', { reason })
}

const refused = (attempt: number, event: Extract<ConnectionEvent, { type: 'refused' }>, around: Surroundings) => {
  const { code, temporary, type: _type, ...why } = event
  if (tokenCodes.has(code)) return wait(attempt, around, 'open_fresh', { reason: 'token', error: why.error })
  return temporary ? wait(attempt, around, 'open', { reason: 'refused', ...why }) : stop(code, why.error)
}

const connecting = (
  state: Extract<ConnectionState, { name: 'connecting' }>,
  event: ConnectionEvent,
  around: Surroundings,
): Transition => {
  switch (event.type) {
    case 'opened':
      return to({ ...state, opened: true }, 'hello')
    case 'connected': {
      if (!event.recovered) return load(state.attempt, 'close')
      const silenceMs = event.heartbeatMs * heartbeats
      return to({ name: 'resuming', attempt: state.attempt, silenceMs, deadline: around.now + silenceMs })
    }
    case 'refused':
      return refused(state.attempt, event, around)
    case 'closed':
      // A browser does not see the 401 that refuses a handshake, so a failed one is retried with a new token.
      return closed(event.code, state, around)
    case 'no_token':
      return wait(state.attempt, around, 'open_fresh', { reason: 'token', error: event.error })
    case 'timer':
      return wait(state.attempt, around, 'open', { reason: 'no_answer' })
    case 'offline':
      return wait(state.attempt, around, 'open', { reason: 'offline' })
    default:
      return to(state)
  }
}

const established = (
  state: Extract<ConnectionState, { name: 'resuming' | 'live' }>,
  event: ConnectionEvent,
  around: Surroundings,
): Transition => {
  const attempt = state.name === 'live' ? 0 : state.attempt
  const deadline = around.now + state.silenceMs
  switch (event.type) {
    case 'frame':
      return to({ ...state, deadline })
    case 'caught_up':
      return to({ name: 'live', silenceMs: state.silenceMs, deadline })
    case 'closed':
      return closed(event.code, { attempt, fresh: false, opened: true }, around)
    case 'lost_position':
      return load(attempt, 'close')
    case 'timer':
      return wait(attempt, around, 'open', { reason: 'no_answer' })
    case 'offline':
      return wait(attempt, around, 'open', { reason: 'offline' })
    default:
      return to(state)
  }
}

const resumeAfterWait = (state: Extract<ConnectionState, { name: 'waiting' }>, around: Surroundings): Transition =>
  state.next === 'load' ? load(state.attempt) : open(state.attempt, around, state.next)

const beginning = (state: ConnectionState, event: ConnectionEvent, around: Surroundings): Transition => {
  if (event.type === 'enrol' && state.name === 'stopped') return to({ name: 'enrolling' })
  if (event.type === 'enrol_failed' && state.name === 'enrolling') return to({ name: 'enrolling', error: event.error })
  if (event.type === 'approval_needed' && state.name === 'enrolling') return to({ name: 'awaiting_approval' })
  if (event.type !== 'start') return to(state)
  return event.hasCheckpoint ? open(0, around, 'open') : load(0)
}

/** What happens next. Events that mean nothing in a state change nothing. */
export const transition = (state: ConnectionState, event: ConnectionEvent, around: Surroundings): Transition => {
  if (event.type === 'stop') return state.name === 'stopped' ? to(state) : stop(event.reason, event.error)
  switch (state.name) {
    case 'stopped':
    case 'enrolling':
    case 'awaiting_approval':
      return beginning(state, event, around)
    case 'loading': {
      if (event.type === 'loaded') return open(state.attempt, around, 'open')
      if (event.type !== 'load_failed') return to(state)
      const { type: _type, ...why } = event
      return wait(state.attempt, around, 'load', { reason: 'snapshot', ...why })
    }
    case 'connecting':
      return connecting(state, event, around)
    case 'resuming':
    case 'live':
      return established(state, event, around)
    case 'waiting':
      return event.type === 'timer' || event.type === 'online' ? resumeAfterWait(state, around) : to(state)
  }
}
