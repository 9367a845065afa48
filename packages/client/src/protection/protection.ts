import type { changeConversation, startConversation } from '@backscroll/protocol/rest/conversations'
import type { commit, groupReset } from '@backscroll/protocol/rest/groups'
import type { removeMember } from '@backscroll/protocol/rest/members'
import type { CommandBody } from '@backscroll/protocol/rest/readonly-body'
import type { SnapshotEntry } from '@backscroll/protocol/rest/sync'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { MessageCommand, OutboxEntry } from '../commands/outbox-entry.ts'
import type { CommandState } from '../commands/pending-commands.ts'
import type { BackscrollError } from '../errors/backscroll-error.ts'
import type { ClientEvent } from '../events/client-events.ts'
import type { DecryptedEvent } from '../events/decrypted-event.ts'
import type { BackupStatus } from '../events/history-backup.ts'
import type { HistoryTransfer } from '../events/history-transfer.ts'
import type { SignedMembers } from '../history/queries.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { ProfileBook } from '../profiles/profile-book.ts'
import type { EnrolmentOptions } from '../rest/enrolment-options.ts'
import type { Opener } from '../rest/readable-views.ts'
import type { RawRest, Rest } from '../rest/rest-client.ts'
import type { DeviceProver } from '../sign-in/device-prover.ts'
import type { ClientStore, StoreChange } from '../stores/client-store.ts'
import type { LazyRecords } from '../stores/lazy-records.ts'
import type { Clock } from '../time/clock.ts'
import type { ServerTime } from '../time/server-time.ts'

/** A request that changes a group, without the command's numbers. */
export interface GroupRequest {
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body:
    | CommandBody<typeof startConversation>
    | CommandBody<typeof changeConversation>
    | CommandBody<typeof removeMember>
    | CommandBody<typeof commit>
    | CommandBody<typeof groupReset>
}

/** Encrypts and decrypts between the application's content and the wire format. */
export interface Protection extends Opener, SignedMembers {
  /** Profiles, which are sent in device messages. */
  readonly profiles: Pick<ProfileBook, 'of' | 'subscribe'>
  /** Proves that a request comes from this device. Undefined until it has a key. */
  prover(): DeviceProver | undefined
  /**
   * Resolves when this device may connect, and rejects if it never may. `onFailed`: an attempt has failed and
   * will be repeated.
   */
  enrol(onFailed: (error: BackscrollError) => void): Promise<void>
  /** Tells the protection that a connection is live. */
  live(): void
  /** Whether an entry may be sent now, from local state alone. Starts no work. */
  isReady(entry: OutboxEntry): boolean
  /** Starts the work that an entry waits for, unless it is already in progress. Wakes the outbox when it is done. */
  makeReady(entry: OutboxEntry): void
  /**
   * Encrypts a message. Calls `send` with the ciphertext, base64, while only members can read it and after the
   * resulting state is stored.
   */
  seal(entry: OutboxEntry, command: MessageCommand, send: (ciphertext: string) => void): Promise<void>
  /** The request for an entry that is ready and is not a message. */
  request(entry: OutboxEntry): Promise<GroupRequest>
  /** The server has accepted the entry. Members that it removes count as removed at once, before the event arrives. */
  accepted(entry: OutboxEntry): void
  /** What blocks a conversation's commands. Undefined if nothing does. */
  obstacle(conversationId: string): CommandState | undefined
  /**
   * Handles a refusal and starts the necessary work. Returns whether the entry is sent again later or dropped.
   * Undefined: the error code alone decides.
   */
  handleRefusal(entry: OutboxEntry, error: BackscrollError): 'later' | 'drop' | undefined
  /**
   * Decrypts and applies an event. Called in the order of the conversation. Repeated calls for an event return
   * the same result. `own`: the envelope that this device sealed, base64.
   */
  open(event: WireEvent, own: string | undefined): Promise<DecryptedEvent>
  /** Brings the groups up to date before a page of a snapshot is passed on. */
  catchUp(conversations: readonly SnapshotEntry[]): Promise<void>
  /**
   * Called when a snapshot is complete: forgets the conversations that it did not name. The call fixes the list
   * of conversations; the function that it returns applies the result later, in its turn. Conversations that
   * start in between are not affected.
   */
  forgetOthers(conversationIds: ReadonlySet<string>): () => Promise<void>
  /** Stores the changes that `open` made. */
  save(): Promise<void>
  close(): void
}

export interface ProtectionDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly store: ClientStore
  /** Everything in the store, except the records that are read on demand. */
  readonly stored: ReadonlyMap<string, unknown>
  readonly lazy: LazyRecords
  readonly rest: Rest & RawRest
  readonly clock: Clock
  readonly time: ServerTime
  readonly random: () => number
  readonly newId: () => string
  /**
   * Drops a batch of other stored data about messages from before this time, up to a revision. Returns no changes when
   * none are left.
   */
  readonly expireKept: (conversationId: string, before: number, upTo: number) => Promise<readonly StoreChange[]>
  readonly outbox: Pick<Outbox, 'add' | 'insert' | 'fail' | 'drop' | 'amend' | 'waiting' | 'wake'>
  readonly isLive: () => boolean
  /** Whether this user is in the conversation, according to events. */
  readonly knows: (conversationId: string) => boolean
  /** Resolves when everything that the server had at the time of the call has been processed. */
  readonly caughtUp: () => Promise<void>
  readonly tell: (event: ClientEvent) => void
  readonly onError: (thrown: unknown) => void
  /** The obstacle of a conversation's commands has changed. */
  readonly onObstacle: (conversationId: string) => void
  /** Whether this device asks older ones for the history, and gives its own to newer ones. */
  readonly transfersHistory: boolean
  readonly onBackup: (status: BackupStatus) => void
  readonly onHistoryTransfer: (state: HistoryTransfer) => void
  /** Messages that were unreadable here have become readable. */
  readonly onImported: () => void
  /** This device waits for approval by another device. */
  readonly onWaiting: (ways: EnrolmentOptions) => void
}
