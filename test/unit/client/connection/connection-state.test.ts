import { describe, expect, it } from 'vitest'
import {
  type ConnectionEvent,
  type ConnectionState,
  connectTimeoutMs,
  type Transition,
  transition,
} from '../../../../packages/client/src/connection/connection-state.ts'

const now = 1_000_000
const around = { now, random: 0.5 }
const silenceMs = 60_000

const states = {
  stopped: { name: 'stopped', reason: 'not_started' },
  enrolling: { name: 'enrolling' },
  awaiting: { name: 'awaiting_approval' },
  loading: { name: 'loading', attempt: 2 },
  connecting: { name: 'connecting', attempt: 2, opened: false, fresh: false, deadline: now },
  opened: { name: 'connecting', attempt: 2, opened: true, fresh: true, deadline: now },
  resuming: { name: 'resuming', attempt: 2, silenceMs, deadline: now },
  live: { name: 'live', silenceMs, deadline: now },
  waiting: { name: 'waiting', attempt: 2, deadline: now, next: 'open', reason: 'disconnected' },
} as const satisfies Record<string, ConnectionState>

const events = {
  enrol: { type: 'enrol' },
  approval: { type: 'approval_needed' },
  start: { type: 'start', hasCheckpoint: true },
  startNew: { type: 'start', hasCheckpoint: false },
  stop: { type: 'stop', reason: 'closed' },
  socketOpened: { type: 'opened' },
  recovered: { type: 'connected', recovered: true, heartbeatMs: 30_000 },
  notRecovered: { type: 'connected', recovered: false, heartbeatMs: 30_000 },
  refusedForNow: { type: 'refused', code: 'behind', temporary: true, retryAfterMs: 40_000 },
  refusedToken: { type: 'refused', code: 'token_expired', temporary: false },
  refusedForEver: { type: 'refused', code: 'invalid', temporary: false },
  caughtUp: { type: 'caught_up' },
  frame: { type: 'frame' },
  closed: { type: 'closed', code: 4000 },
  closedToken: { type: 'closed', code: 4001 },
  closedForEver: { type: 'closed', code: 4501 },
  signedOut: { type: 'closed', code: 4504 },
  noToken: { type: 'no_token' },
  lostPosition: { type: 'lost_position' },
  loaded: { type: 'loaded' },
  loadFailed: { type: 'load_failed', retryAfterMs: 9_000 },
  timer: { type: 'timer' },
  online: { type: 'online' },
  offline: { type: 'offline' },
} as const satisfies Record<string, ConnectionEvent>

type EventName = keyof typeof events
type Row = Partial<Record<EventName, string>>

/** The state that follows and what is to be done, as one line. */
const line = ({ state, effects }: Transition): string => {
  const name = state.name === 'waiting' ? `waiting/${state.next} ${state.deadline - now}` : state.name
  return [name, ...effects].join(' ')
}

/**
 * Events that are not listed change nothing. `waiting/<what next> <ms>`; with random 0.5 and two failures before,
 * 1,000 ms.
 */
const table: Record<keyof typeof states, Row> = {
  stopped: { enrol: 'enrolling', start: 'connecting open', startNew: 'loading load' },
  enrolling: {
    approval: 'awaiting_approval',
    start: 'connecting open',
    startNew: 'loading load',
    stop: 'stopped close',
  },
  awaiting: { start: 'connecting open', startNew: 'loading load', stop: 'stopped close' },
  loading: { stop: 'stopped close', loaded: 'connecting open', loadFailed: 'waiting/load 11250 close' },
  connecting: {
    stop: 'stopped close',
    socketOpened: 'connecting hello',
    recovered: 'resuming',
    notRecovered: 'loading close load',
    refusedForNow: 'waiting/open 50000 close',
    refusedToken: 'waiting/open_fresh 1000 close',
    refusedForEver: 'stopped close',
    closed: 'waiting/open_fresh 1000 close',
    closedToken: 'waiting/open_fresh 1000 close',
    closedForEver: 'stopped close',
    signedOut: 'connecting close open_fresh',
    noToken: 'waiting/open_fresh 1000 close',
    timer: 'waiting/open 1000 close',
    offline: 'waiting/open 1000 close',
  },
  opened: {
    stop: 'stopped close',
    socketOpened: 'connecting hello',
    recovered: 'resuming',
    notRecovered: 'loading close load',
    refusedForNow: 'waiting/open 50000 close',
    refusedToken: 'waiting/open_fresh 1000 close',
    refusedForEver: 'stopped close',
    closed: 'waiting/open 1000 close',
    closedToken: 'waiting/open_fresh 1000 close',
    closedForEver: 'stopped close',
    signedOut: 'stopped close',
    noToken: 'waiting/open_fresh 1000 close',
    timer: 'waiting/open 1000 close',
    offline: 'waiting/open 1000 close',
  },
  resuming: {
    stop: 'stopped close',
    caughtUp: 'live',
    closed: 'waiting/open 1000 close',
    closedToken: 'waiting/open_fresh 1000 close',
    closedForEver: 'stopped close',
    signedOut: 'connecting close open_fresh',
    lostPosition: 'loading close load',
    timer: 'waiting/open 1000 close',
    offline: 'waiting/open 1000 close',
  },
  live: {
    stop: 'stopped close',
    closed: 'waiting/open 250 close',
    closedToken: 'connecting close open_fresh',
    closedForEver: 'stopped close',
    signedOut: 'connecting close open_fresh',
    lostPosition: 'loading close load',
    timer: 'waiting/open 250 close',
    offline: 'waiting/open 250 close',
  },
  waiting: { stop: 'stopped close', timer: 'connecting open', online: 'connecting open' },
}

const rows = Object.entries(states).flatMap(([state, value]) =>
  Object.entries(events).map(([event, happened]) => ({
    state,
    event,
    before: value,
    happened,
    expected: table[state as keyof typeof states][event as EventName] ?? value.name,
  })),
)

describe('The connection as a state machine [T5] [T6] [C3]', () => {
  it.each(rows)('$state, $event: $expected', ({ before, happened, expected }) => {
    const next = transition(before, happened, around)
    const unchanged = next.state === before && next.state.name === 'waiting'
    expect(unchanged ? 'waiting' : line(next)).toBe(expected)
  })

  it('takes two heartbeats without a frame for a dead connection, and every frame moves that limit', () => {
    const resuming = transition(states.connecting, events.recovered, around).state
    expect(resuming).toMatchObject({ silenceMs: 60_000, deadline: now + 60_000 })
    const later = { ...around, now: now + 7 }
    expect(transition(states.live, events.frame, later).state).toMatchObject({ deadline: now + 7 + silenceMs })
  })

  it('gives a handshake a limited time', () => {
    expect(transition(states.stopped, events.start, around).state).toMatchObject({ deadline: now + connectTimeoutMs })
  })

  it('waits longer with every failure in a row, spread by full jitter, and starts anew once it was live', () => {
    let state: ConnectionState = states.live
    const waits: number[] = []
    for (let failure = 0; failure < 9; failure += 1) {
      state = transition(state, events.closed, { now, random: 0.999 }).state
      waits.push(state.name === 'waiting' ? state.deadline - now : -1)
      state = transition(transition(state, events.timer, around).state, events.socketOpened, around).state
    }
    expect(waits.map((wait) => Math.round(wait / 500) * 500)).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ])
    expect(transition(states.live, events.closed, { now, random: 0 }).state).toMatchObject({
      deadline: now,
      attempt: 1,
    })
  })

  it('does not ask for new tokens in a tight loop when they are refused', () => {
    const again = transition(states.live, events.closedToken, around).state
    expect(line(transition(again, events.closedToken, around))).toBe('waiting/open_fresh 500 close')
  })
})
