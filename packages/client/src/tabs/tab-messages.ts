import type { CommandIdentity } from '../api/client-sharing.ts'
import type { PendingCommand } from '../commands/pending-commands.ts'
import type { Profile } from '../profiles/profile-book.ts'
import type { Pin } from '../trust/identity-pins.ts'
import type { Packed } from './packed-value.ts'
import type { CallMessage } from './remote-calls.ts'

/** Of what tabs say to each other, except for the notices: tabs of two versions do not understand each other. */
export const tabProtocol = 1

/** Seen by all tabs over a store, in every version, for ever. */
export interface Notice {
  readonly version: number
  readonly from: string
  /** `ping`: is there a leader? `pong`: here, to whoever asked. `lead`: this tab leads from now on. */
  readonly type: 'ping' | 'pong' | 'lead'
  readonly to?: string
}

/** What followers can answer by themselves; what is missing has not changed. */
export interface Mirror {
  /** A `ConnectionState`. */
  readonly state?: Packed
  /** An `approval_needed`, the last one. */
  readonly ways?: Packed
  readonly canProve?: boolean
  readonly pending?: readonly (readonly [conversationId: string, count: number])[]
  readonly commands?: readonly PendingCommand[]
  readonly identityKey?: string | undefined
  readonly profiles?: readonly (readonly [userId: string, profile: Profile])[]
  readonly pins?: readonly (readonly [userId: string, pin: Pin])[]
}

export type Ask = Omit<CommandIdentity, 'onStored'> & {
  /** Of the asking. */
  readonly id: string
  readonly method: string
  readonly args: readonly unknown[]
}

export type ToLeader =
  | {
      readonly type: 'join'
      readonly userId: string
      readonly deviceId: string
      readonly started: boolean
      /** Up to which revision this tab has had each conversation; undefined for one that has had nothing yet. */
      readonly positions: ReadonlyMap<string, number> | undefined
    }
  | { readonly type: 'start' | 'sign_in_over' }
  | { readonly type: 'leave' }
  | { readonly type: 'ask'; readonly ask: Ask }
  | { readonly type: 'answered'; readonly ids: readonly string[] }
  | { readonly type: 'typing'; readonly conversationId: string; readonly typing: boolean }
  | CallMessage

export type ToFollower =
  | { readonly type: 'welcome'; readonly mirror: Mirror; readonly positions: ReadonlyMap<string, number> }
  | { readonly type: 'refused'; readonly error: Packed }
  | { readonly type: 'event' | 'signal'; readonly event: Packed }
  | { readonly type: 'mirror'; readonly mirror: Mirror }
  /** The device has signed out: its data is gone. */
  | { readonly type: 'ended' }
  | { readonly type: 'stored'; readonly id: string }
  | { readonly type: 'outcome'; readonly id: string; readonly result?: Packed; readonly error?: Packed }
  | CallMessage

/** From tab to tab. */
export interface Addressed<Message> {
  readonly from: string
  readonly message: Message
}
