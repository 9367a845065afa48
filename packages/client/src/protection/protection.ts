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
import type { SignedMembers } from '../history/queries.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { ProfileBook } from '../profiles/profile-book.ts'
import type { EnrolmentOptions } from '../rest/enrolment-options.ts'
import type { Opener } from '../rest/readable-views.ts'
import type { Rest } from '../rest/rest-client.ts'
import type { DeviceProver } from '../sign-in/device-prover.ts'
import type { ClientStore, StoreChange } from '../stores/client-store.ts'
import type { LazyRecords } from '../stores/lazy-records.ts'
import type { Clock } from '../time/clock.ts'
import type { ServerTime } from '../time/server-time.ts'

/** A request that changes a group, but for its numbers. */
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

/** What stands between the application's content and the wire, both ways. */
export interface Protection extends Opener, SignedMembers {
  /** What people say about themselves, to devices alone. */
  readonly profiles: Pick<ProfileBook, 'of' | 'subscribe'>
  /** Shows that a request comes from this device; undefined while it has no key. */
  prover(): DeviceProver | undefined
  /**
   * Resolves when this device may connect; rejects when it never may. `onFailed`: an attempt has failed, and
   * another one follows.
   */
  enrol(onFailed: (error: BackscrollError) => void): Promise<void>
  /** A connection is live. */
  live(): void
  /** Whether an entry may go out now, by what this device knows: asks nobody, and begins nothing. */
  isReady(entry: OutboxEntry): boolean
  /**
   * Begins what an entry that is not ready waits for, if nothing is in progress yet; wakes the outbox when it is
   * done.
   */
  makeReady(entry: OutboxEntry): void
  /**
   * Passes on the ciphertext, base64, at a moment at which only members can read it. The resulting state is
   * stored by then.
   */
  seal(entry: OutboxEntry, command: MessageCommand, send: (ciphertext: string) => void): Promise<void>
  /** The request of an entry that is ready and not a message. */
  request(entry: OutboxEntry): Promise<GroupRequest>
  /** The server accepted it: what it removes is gone for this device, before the event comes. */
  accepted(entry: OutboxEntry): void
  /** What holds a conversation's commands back; undefined when nothing does. */
  obstacle(conversationId: string): CommandState | undefined
  /**
   * Processes a refusal, and begins what follows from it. Answers what becomes of the entry: it goes out again,
   * or is dropped; undefined: its code alone decides.
   */
  handleRefusal(entry: OutboxEntry, error: BackscrollError): 'later' | 'drop' | undefined
  /**
   * Called once for each event, in the order of the conversation; for one that was processed before, it answers
   * the same again. `own`: the envelope that this device sealed, base64.
   */
  open(event: WireEvent, own: string | undefined): Promise<DecryptedEvent>
  /** Before a snapshot's page is passed on: processes what it stands for. */
  catchUp(conversations: readonly SnapshotEntry[]): Promise<void>
  /**
   * A whole snapshot named these conversations and no others: forgets the others of this moment. Its result is
   * applied in its turn, after what came before; conversations that begin meanwhile are not among them.
   */
  forgetOthers(conversationIds: ReadonlySet<string>): () => Promise<void>
  /** Makes durable what `open` has changed. */
  save(): Promise<void>
  close(): void
}

export interface ProtectionDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly store: ClientStore
  /** Everything that was in it, but for what is left out. */
  readonly stored: ReadonlyMap<string, unknown>
  readonly lazy: LazyRecords
  readonly rest: Rest
  readonly clock: Clock
  readonly time: ServerTime
  readonly random: () => number
  readonly newId: () => string
  /** Drops some of what else is stored about messages from before a time; empty when there is nothing. */
  readonly expireKept: (conversationId: string, before: number) => Promise<readonly StoreChange[]>
  readonly outbox: Pick<Outbox, 'add' | 'insert' | 'fail' | 'drop' | 'amend' | 'waiting' | 'wake'>
  readonly isLive: () => boolean
  /** Is this user in the conversation, as far as events say? */
  readonly knows: (conversationId: string) => boolean
  /** Resolves when everything that the server had at the call was processed. */
  readonly caughtUp: () => Promise<void>
  readonly tell: (event: ClientEvent) => void
  readonly onError: (thrown: unknown) => void
  /** What holds a conversation's commands back has changed. */
  readonly onObstacle: (conversationId: string) => void
  /** This device waits for another one to let it in. */
  readonly onWaiting: (ways: EnrolmentOptions) => void
}
