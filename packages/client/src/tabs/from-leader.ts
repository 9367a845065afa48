import type { ConnectionState } from '../connection/connection-state.ts'
import { BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import type { ClientEvent, Signal } from '../events/client-events.ts'
import type { LeaderLink } from './leader-link.ts'
import { unpack } from './packed-value.ts'
import type { TabCommands } from './tab-commands.ts'
import type { TabFeed } from './tab-feed.ts'
import type { ToFollower } from './tab-messages.ts'
import type { TabMirror } from './tab-mirror.ts'

export interface FromLeaderDeps {
  readonly mirror: TabMirror
  readonly feed: TabFeed
  readonly commands: TabCommands
  readonly signal: (signal: Signal) => void
  /** The leader accepts commands now. */
  readonly settle: () => void
  readonly stopFor: (error: BackscrollError) => void
}

const isNotStarted = (state: ConnectionState) => state.name === 'stopped' && state.reason === 'not_started'

/** Handles the messages of the leader. */
export const createFromLeader = ({ mirror, feed, commands, signal, settle, stopFor }: FromLeaderDeps) => {
  const welcome = (link: LeaderLink, told: Extract<ToFollower, { type: 'welcome' }>) => {
    mirror.take(told.mirror)
    feed.reached(told.positions)
    link.isOpen = true
    const state = mirror.toldState()
    if (state !== undefined && !isNotStarted(state)) signal({ type: 'state', state })
    settle()
  }
  return (link: LeaderLink, message: ToFollower): void => {
    switch (message.type) {
      case 'welcome':
        return welcome(link, message)
      case 'refused':
        return stopFor(toBackscrollError(unpack(message.error)))
      case 'ended':
        return stopFor(new BackscrollError('signed_out'))
      case 'event':
        return void feed.take(unpack(message.event) as ClientEvent)
      case 'signal':
        return signal(unpack(message.event) as Signal)
      case 'mirror':
        return mirror.take(message.mirror)
      case 'stored':
        return commands.stored(message.id)
      case 'outcome':
        if (message.error !== undefined) return commands.reject(message.id, unpack(message.error))
        return commands.resolve(message.id, message.result && unpack(message.result))
      case 'call':
      case 'result':
        return link.calls.take(message)
    }
  }
}
