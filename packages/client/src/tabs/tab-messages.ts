import type { DeviceActivity } from '@backscroll/protocol/client-frames'
import type { CommandIdentity } from '../api/client-sharing.ts'
import type { PendingCommand } from '../commands/pending-commands.ts'
import type { Profile } from '../profiles/profile-book.ts'
import type { OwnTyping } from '../receipts/typing-sender.ts'
import type { Pin } from '../trust/identity-pins.ts'
import type { Packed } from './packed-value.ts'
import type { CallMessage } from './remote-calls.ts'

/**
 * The version of the messages between tabs, except notices. Tabs of different versions do not understand each
 * other.
 */
export const tabProtocol = 2

/** Read by all tabs over a store, in every version. Its form must never change. */
export interface Notice {
  readonly version: number
  readonly from: string
  /** `ping`: is there a leader? `pong`: the leader's answer to one tab. `lead`: this tab leads from now on. */
  readonly type: 'ping' | 'pong' | 'lead'
  readonly to?: string
}

/** The state that followers answer from. Fields that are absent have not changed. */
export interface Mirror {
  /** A `ConnectionState`. */
  readonly state?: Packed
  /** The last `approval_needed` signal. */
  readonly ways?: Packed
  readonly canProve?: boolean
  readonly pending?: readonly (readonly [conversationId: string, count: number])[]
  readonly commands?: readonly PendingCommand[]
  readonly identityKey?: string | undefined
  readonly profiles?: readonly (readonly [userId: string, profile: Profile])[]
  readonly pins?: readonly (readonly [userId: string, pin: Pin])[]
}

export type Ask = Omit<CommandIdentity, 'onStored'> & {
  /** The id of this call; the ids of the command are in `ids`. */
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
      /** The last revision that this tab has had of each conversation. Undefined for a tab that has had none yet. */
      readonly positions: ReadonlyMap<string, number> | undefined
    }
  | { readonly type: 'start' | 'sign_in_over' }
  | { readonly type: 'leave' }
  | { readonly type: 'ask'; readonly ask: Ask }
  | { readonly type: 'answered'; readonly ids: readonly string[] }
  | { readonly type: 'typing'; readonly conversationId: string; readonly typing: OwnTyping }
  | { readonly type: 'activity'; readonly activity: DeviceActivity }
  | CallMessage

export type ToFollower =
  | { readonly type: 'welcome'; readonly mirror: Mirror; readonly positions: ReadonlyMap<string, number> }
  | { readonly type: 'refused'; readonly error: Packed }
  | { readonly type: 'event' | 'signal'; readonly event: Packed }
  | { readonly type: 'mirror'; readonly mirror: Mirror }
  /** The device has signed out and its data is erased. */
  | { readonly type: 'ended' }
  | { readonly type: 'stored'; readonly id: string }
  | { readonly type: 'outcome'; readonly id: string; readonly result?: Packed; readonly error?: Packed }
  | CallMessage

/** A message with the tab that sent it. */
export interface Addressed<Message> {
  readonly from: string
  readonly message: Message
}
