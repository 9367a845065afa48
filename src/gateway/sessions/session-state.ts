import type { CloseReason } from '@backscroll/protocol/close-codes'
import type { ErrorCode } from '@backscroll/protocol/errors'

/**
 * One connection's life as a pure function: what may happen when, and what follows. The function that serves a
 * frame answers it; this table decides the live feed, the registration and the end.
 */
export type SessionState =
  /** The socket is open, the token verified; no frame has come yet. */
  | { readonly name: 'awaiting_connect' }
  /** Pages are on their way; live events wait in the buffer. */
  | { readonly name: 'resuming'; readonly round: 1 | 2 }
  | { readonly name: 'live' }
  /** Too slow: no live events until the client has synced [T7]. */
  | { readonly name: 'lagging' }
  /** A lagging client asked for a page; live events wait in the buffer. */
  | { readonly name: 'syncing' }
  | { readonly name: 'closing'; readonly reason: CloseReason }
  | { readonly name: 'closed' }

export type SessionEvent =
  | { readonly type: 'connect'; readonly resume: boolean }
  /** The resume cannot begin from this checkpoint: the client will load a snapshot [C3]. */
  | { readonly type: 'resume_refused' }
  /** The resume cannot begin now; the client may send `connect` again. */
  | { readonly type: 'resume_unavailable' }
  | { readonly type: 'pages_done'; readonly overflowed: boolean }
  | { readonly type: 'sync' }
  | { readonly type: 'page_served'; readonly complete: boolean }
  | { readonly type: 'page_failed' }
  /** The socket does not take what it is given. */
  | { readonly type: 'fell_behind' }
  | { readonly type: 'end'; readonly reason: CloseReason }
  | { readonly type: 'socket_closed' }

export type SessionEffect =
  /** Enter the hub, in place of an older connection of the same device. */
  | 'register'
  | 'unregister'
  /** Keep live events in a fresh, bounded buffer. */
  | 'open_buffer'
  /** Send what the buffer holds above the last page. */
  | 'release_buffer'
  | 'drop_buffer'
  | 'say_caught_up'
  | 'say_resync_needed'
  | 'close_socket'

export interface Transition {
  readonly state: SessionState
  readonly effects: readonly SessionEffect[]
  /** The event was a frame that is out of order here; its answer. */
  readonly refusal?: ErrorCode
}

export type LiveFeed = 'send' | 'buffer' | 'drop'

export const awaitingConnect: SessionState = { name: 'awaiting_connect' }
const live: SessionState = { name: 'live' }
const lagging: SessionState = { name: 'lagging' }
const syncing: SessionState = { name: 'syncing' }
const closed: SessionState = { name: 'closed' }

const to = (state: SessionState, ...effects: SessionEffect[]): Transition => ({ state, effects })
const stay = (state: SessionState): Transition => ({ state, effects: [] })
const refuse = (state: SessionState, refusal: ErrorCode): Transition => ({ state, effects: [], refusal })

export const isOpen = (state: SessionState): boolean => state.name !== 'closing' && state.name !== 'closed'

export const liveFeed = (state: SessionState): LiveFeed => {
  if (state.name === 'live') return 'send'
  return state.name === 'resuming' || state.name === 'syncing' ? 'buffer' : 'drop'
}

/** Before the second round `connect` was answered. */
const isFirstRound = (state: SessionState): boolean => state.name === 'resuming' && state.round === 1

const connect = (state: SessionState, resume: boolean): Transition => {
  if (state.name !== 'awaiting_connect') return refuse(state, 'already_connected')
  return resume ? to({ name: 'resuming', round: 1 }, 'register', 'open_buffer') : to(live, 'register')
}

const pagesDone = (state: SessionState, overflowed: boolean): Transition => {
  if (state.name !== 'resuming') return stay(state)
  if (!overflowed) return to(live, 'say_caught_up', 'release_buffer')
  if (state.round === 1) return to({ name: 'resuming', round: 2 }, 'open_buffer')
  // The pages are all there, so it is caught up [C2]: a client that still waits for that would not sync.
  return to(lagging, 'drop_buffer', 'say_caught_up', 'say_resync_needed')
}

const sync = (state: SessionState): Transition => {
  if (state.name === 'awaiting_connect') return refuse(state, 'not_connected')
  if (state.name === 'syncing') return refuse(state, 'too_many_in_flight')
  return state.name === 'lagging' ? to(syncing, 'open_buffer') : stay(state)
}

const pageServed = (state: SessionState, complete: boolean): Transition => {
  if (state.name !== 'syncing') return stay(state)
  return complete ? to(live, 'release_buffer') : to(lagging, 'drop_buffer')
}

const end = (reason: CloseReason): Transition =>
  to({ name: 'closing', reason }, 'drop_buffer', 'unregister', 'close_socket')

/** While a socket closes nothing but its end is heard. */
export const transition = (state: SessionState, event: SessionEvent): Transition => {
  if (event.type === 'socket_closed')
    return state.name === 'closed' ? stay(state) : to(closed, 'drop_buffer', 'unregister')
  if (!isOpen(state)) return stay(state)
  switch (event.type) {
    case 'connect':
      return connect(state, event.resume)
    case 'resume_refused':
      return isFirstRound(state) ? to(live, 'release_buffer') : stay(state)
    case 'resume_unavailable':
      return isFirstRound(state) ? to(awaitingConnect, 'drop_buffer', 'unregister') : stay(state)
    case 'pages_done':
      return pagesDone(state, event.overflowed)
    case 'sync':
      return sync(state)
    case 'page_served':
      return pageServed(state, event.complete)
    case 'page_failed':
      return state.name === 'syncing' ? to(lagging, 'drop_buffer') : stay(state)
    case 'fell_behind':
      return state.name === 'live' ? to(lagging, 'say_resync_needed') : stay(state)
    case 'end':
      return end(event.reason)
  }
}
