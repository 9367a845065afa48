import type { ClientConsent } from '../account/consent-api.ts'
import type { ClientPeople } from '../account/people-api.ts'
import type { ClientReports } from '../account/reports-api.ts'
import type { PendingCommand } from '../commands/pending-commands.ts'
import type { ConnectionState } from '../connection/connection-state.ts'
import type { EventFeed } from '../events/event-feed.ts'
import type { Queries } from '../history/queries.ts'
import type { ClientMarks } from '../marks/marks-api.ts'
import type { ClientStars } from '../marks/stars-api.ts'
import type { ClientFiles } from '../media/client-files.ts'
import type { OpenWebSocket } from '../platform/web-socket.ts'
import type { ClientPresence } from '../presence/presence-api.ts'
import type { OwnTyping } from '../receipts/typing-sender.ts'
import type { AccessTokens } from '../sign-in/access-tokens.ts'
import type { ClientStore } from '../stores/client-store.ts'
import type { StoreKey } from '../stores/store-key.ts'
import type { Clock } from '../time/clock.ts'
import type { ClientViews } from '../views/client-views.ts'
import type { ClientCommands } from './client-commands.ts'
import type { ClientDevices } from './client-devices.ts'
import type { ClientInvites } from './client-invites.ts'
import type { ClientJoinRequests } from './client-join-requests.ts'
import type { ClientProfiles } from './client-profiles.ts'
import type { ClientPush } from './client-push.ts'
import type { ClientSignOut } from './client-sign-out.ts'

export interface ClientOptions {
  /** The URL of the server, for example `https://chat.example.org`. */
  readonly url: string
  /**
   * Gives a valid access token (JWT). Called at the start, before the token expires, and when the server refused
   * the last one, which is `instead`. `prover`: of this device's key, once it has one; sign-ins of
   * `createOAuthTokens` need it. Pass those tokens whole, so that `signOut` ends the sign-in, too. When it
   * rejects with `signed_out` the client stops; after any other error it asks again.
   */
  readonly token: AccessTokens | AccessTokens['token']
  /** As in the token. */
  readonly userId: string
  readonly deviceId: string
  /**
   * This device's own. Clients in tabs of one browser share an IndexedDB store; no second client may use any
   * other store. A device that lost its store is a new device.
   */
  readonly store: ClientStore
  /**
   * Encrypts the store: keys, messages, everything. `importStoreKey` makes a key from a secret that the platform
   * stores; in the browser use `openBrowserStoreKey`. Without it, anybody who reads the store reads the messages.
   */
  readonly storeKey?: StoreKey
  /** Whether to confirm to the server each message that the application got. Default: true. */
  readonly confirmDelivery?: boolean
  /**
   * Whether this device, when it was let in, asks the user's older devices for their history, and gives its own to
   * newer ones. Default: true.
   */
  readonly transferHistory?: boolean
  /** Sent to the server. */
  readonly platform?: string
  readonly clock?: Clock
  /** In [0, 1); for the jitter of reconnects. */
  readonly random?: () => number
  /** Makes lower-case UUIDs. Default: version 7, whose order in time saves the server work. */
  readonly newId?: () => string
  readonly webSocket?: OpenWebSocket
  readonly fetch?: typeof fetch
}

export interface CoreClient
  extends ClientCommands,
    ClientConsent,
    ClientFiles,
    ClientMarks,
    ClientStars,
    ClientReports,
    Queries,
    Pick<EventFeed, 'events' | 'on'> {
  readonly people: ClientPeople
  /** Shows who is online, and controls who may see this user. */
  readonly presence: ClientPresence
  /** Lists for user interfaces: an inbox, and the messages of a conversation, kept up to date. */
  readonly views: ClientViews
  /** Connects, and reconnects by itself from then on. Register handlers before. */
  start(): void
  /**
   * Disconnects, and stores what was handed over. Commands that are not sent yet stay in the store. The client
   * cannot be used again.
   */
  close(): Promise<void>
  state(): ConnectionState
  /**
   * Resolves when the connection is live. Rejects with `stopped` when it will never be (`cause`: what failed).
   * Rejects with the last error when the client has not been live since the start, and everything has failed for
   * ten seconds; the client keeps trying, and you may call this again.
   */
  whenLive(): Promise<void>
  /** Commands that are neither accepted nor finally rejected. */
  pending(conversationId?: string): number
  /**
   * The same, without the SDK's own commands, and with what each waits for; a `pending_command` signal tells when
   * that changes for a conversation's next command.
   */
  pendingCommands(conversationId?: string): readonly PendingCommand[]
  /**
   * Withdraws a command that was not sent yet; its caller gets `withdrawn`. Resolves when no process will ever
   * send it. Rejects with `already_sent` when it was sent, or may have been, and with `not_found` when no such
   * command waits.
   */
  withdraw(conversationId: string, messageId: string): Promise<void>
  /**
   * Pauses, and continues, the uploads of a message that waits for its files, also over restarts. `withdraw` cancels
   * them. For any other message they do nothing.
   */
  pauseUpload(conversationId: string, messageId: string): Promise<void>
  resumeUpload(conversationId: string, messageId: string): Promise<void>
  /**
   * Watermarks [M5]: this device received, or this user read, everything up to message number `seq`. They resolve
   * when stored; the server is told soon.
   */
  markDelivered(conversationId: string, seq: number): Promise<void>
  markRead(conversationId: string, seq: number): Promise<void>
  /**
   * Call it on every key press, with `true` or with what the user is doing. Calls are throttled, and lost while
   * there is no connection.
   */
  typing(conversationId: string, typing: OwnTyping): void
}

export interface BackscrollClient
  extends CoreClient,
    ClientDevices,
    ClientProfiles,
    ClientInvites,
    ClientJoinRequests,
    ClientPush,
    ClientSignOut {}
