import { describe, expect, it } from 'vitest'
import {
  liveFeed,
  type SessionEffect,
  type SessionEvent,
  type SessionState,
  transition,
} from '../../../../src/gateway/sessions/session-state.ts'

const isConnected = ({ name }: SessionState): boolean => !['awaiting_connect', 'closing', 'closed'].includes(name)

/** Every state by every event. `-` stays and does nothing; `!code` stays and refuses; else the next state and its effects. */
const states: Record<string, SessionState> = {
  awaiting: { name: 'awaiting_connect' },
  resuming1: { name: 'resuming', round: 1 },
  resuming2: { name: 'resuming', round: 2 },
  live: { name: 'live' },
  lagging: { name: 'lagging' },
  syncing: { name: 'syncing' },
  closing: { name: 'closing', reason: 'replaced' },
  closed: { name: 'closed' },
}

const events: Record<string, SessionEvent> = {
  connectFresh: { type: 'connect', resume: false },
  connectSince: { type: 'connect', resume: true },
  resumeRefused: { type: 'resume_refused' },
  resumeUnavailable: { type: 'resume_unavailable' },
  pagesDone: { type: 'pages_done', overflowed: false },
  pagesDoneFull: { type: 'pages_done', overflowed: true },
  sync: { type: 'sync' },
  lastPage: { type: 'page_served', complete: true },
  page: { type: 'page_served', complete: false },
  pageFailed: { type: 'page_failed' },
  fellBehind: { type: 'fell_behind' },
  end: { type: 'end', reason: 'revoked' },
  socketClosed: { type: 'socket_closed' },
}

const goLive = 'live register'
const ended = 'closing drop_buffer unregister close_socket'
const gone = 'closed drop_buffer unregister'
const already = '!already_connected'
const last = { end: ended, socketClosed: gone }
const served = { connectFresh: already, connectSince: already, ...last }

const table: Record<string, Partial<Record<string, string>>> = {
  awaiting: { connectFresh: goLive, connectSince: 'resuming1 register open_buffer', sync: '!not_connected', ...last },
  resuming1: {
    ...served,
    resumeRefused: 'live release_buffer',
    resumeUnavailable: 'awaiting drop_buffer unregister',
    pagesDone: 'live say_caught_up release_buffer',
    pagesDoneFull: 'resuming2 open_buffer',
  },
  resuming2: {
    ...served,
    pagesDone: 'live say_caught_up release_buffer',
    pagesDoneFull: 'lagging drop_buffer say_caught_up say_resync_needed',
  },
  live: { ...served, fellBehind: 'lagging say_resync_needed' },
  lagging: { ...served, sync: 'syncing open_buffer' },
  syncing: {
    ...served,
    sync: '!too_many_in_flight',
    lastPage: 'live release_buffer',
    page: 'lagging drop_buffer',
    pageFailed: 'lagging drop_buffer',
  },
  closing: { socketClosed: gone },
  closed: {},
}

const nameOf = (state: SessionState): string => {
  if (state.name === 'resuming') return `resuming${state.round}`
  return state.name === 'awaiting_connect' ? 'awaiting' : state.name
}

const shown = (before: SessionState, event: SessionEvent): string => {
  const { state, effects, refusal } = transition(before, event)
  if (refusal !== undefined) return `!${refusal}${nameOf(state) === nameOf(before) ? '' : ' moved'}`
  const stays = nameOf(state) === nameOf(before) && effects.length === 0
  return stays ? '-' : [nameOf(state), ...effects].join(' ')
}

const cells = Object.entries(states).flatMap(([name, state]) =>
  Object.entries(events).map(([happened, event]) => ({ name, state, happened, event })),
)

describe('session state', () => {
  it.each(cells)('$name x $happened', ({ name, state, happened, event }) => {
    expect(shown(state, event)).toBe(table[name]?.[happened] ?? '-')
  })

  it('[T5] keeps the reason of its end, so that the socket closes with its code', () => {
    expect(transition({ name: 'live' }, { type: 'end', reason: 'flooding' }).state).toEqual({
      name: 'closing',
      reason: 'flooding',
    })
  })

  it('[C2] buffers live events exactly while pages are read, and drops them exactly while the client lags', () => {
    const feeds = Object.fromEntries(Object.entries(states).map(([name, state]) => [name, liveFeed(state)]))
    expect(feeds).toEqual({
      ...{ awaiting: 'drop', resuming1: 'buffer', resuming2: 'buffer', live: 'send' },
      ...{ lagging: 'drop', syncing: 'buffer', closing: 'drop', closed: 'drop' },
    })
  })

  it('opens a buffer on entering each state that buffers, so nothing falls between', () => {
    for (const { state, event } of cells) {
      const next = transition(state, event)
      const entered = nameOf(next.state) !== nameOf(state) && liveFeed(next.state) === 'buffer'
      if (entered) expect(next.effects).toContain<SessionEffect>('open_buffer')
    }
  })

  it('is registered exactly while it is connected', () => {
    for (const { state, event } of cells) {
      const next = transition(state, event)
      if (!isConnected(state) && isConnected(next.state)) expect(next.effects).toContain<SessionEffect>('register')
      if (isConnected(state) && !isConnected(next.state)) expect(next.effects).toContain<SessionEffect>('unregister')
    }
  })
})
