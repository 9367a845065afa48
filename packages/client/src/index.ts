export type { DeviceActivity, TypingActivity } from '@backscroll/protocol/client-frames'
export type { Presence } from '@backscroll/protocol/presence'
export type { ConsentSettings, ConversationRequest } from '@backscroll/protocol/rest/consent'
export type { Conversation } from '@backscroll/protocol/rest/conversations'
export type { MessageReceipt } from '@backscroll/protocol/rest/messages'
export type { PushOffer, PushPreferences, PushTarget } from '@backscroll/protocol/rest/push'
/** The platform-independent part of the SDK. `./browser` and `./node` have the platform-specific parts. */
export type { ClientPeople } from './account/people-api.ts'
export type { ClientReports, OwnReport, RevealedMessage } from './account/reports-api.ts'
export type { BackscrollClient, ClientOptions } from './api/client-api.ts'
export type { MessageRef, SendOptions } from './api/client-commands.ts'
export type { KnownIdentity, ShownIdentity } from './api/client-identities.ts'
export type {
  AcceptedInvite,
  ClientInvites,
  InviteOptions,
  MadeInvite,
  ShownInvite,
} from './api/client-invites.ts'
export type { ClientJoinRequests } from './api/client-join-requests.ts'
export type { BeginAnewOptions, RecoverOptions, RevokeOptions } from './api/client-own-identity.ts'
export type { ClientProfiles } from './api/client-profiles.ts'
export type { ClientPush } from './api/client-push.ts'
export type { ClientBackup } from './archive/backup/history-backup.ts'
export type { ClientHistoryTransfer } from './archive/history-transfer.ts'
export type { FileUpload, MessageUpload } from './commands/message-upload.ts'
export type { CommandState, PendingCommand } from './commands/pending-commands.ts'
export type { ConnectionState } from './connection/connection-state.ts'
export type { StopReason, WaitReason } from './connection/state-reasons.ts'
export type { Address } from './content/address.ts'
export type { Attachment } from './content/attachment.ts'
export type { Mention } from './content/content-marks.ts'
export type { Content } from './content/message-content.ts'
export type { Outgoing, OutgoingReaction } from './content/outgoing-content.ts'
export type { Poll } from './content/poll.ts'
export { votersOf } from './content/poll-votes.ts'
export type { Readable } from './content/readable-content.ts'
export { BackscrollError, type ClientErrorCode } from './errors/backscroll-error.ts'
export type * from './events/client-events.ts'
export type {
  ChangeClientEvent,
  ConversationClientEvent,
  DeletionClientEvent,
  EditClientEvent,
  MessageClientEvent,
  ReactionClientEvent,
} from './events/conversation-event.ts'
export type { BackupStatus } from './events/history-backup.ts'
export type { HistoryTransfer } from './events/history-transfer.ts'
export { type WarningCode, warningTitles } from './events/warning-codes.ts'
export type { HistoryOptions, ListedConversation, ListedMember, ReadOptions } from './history/queries.ts'
export type { JoinRequest } from './invites/join-requests.ts'
export type { OwnJoinRequest } from './invites/own-join-requests.ts'
export type { ClientMarks } from './marks/marks-api.ts'
export type { StarredMessage } from './marks/star-book.ts'
export type { ClientStars, StarredEntry } from './marks/stars-api.ts'
export type { ClientFiles } from './media/client-files.ts'
export type { FileData, FileFacts, OutgoingFile, OutgoingFiles, UploadOptions } from './media/file-types.ts'
export type { ClientPresence, PresencePrivacy, PresenceSnapshot, PresenceView } from './presence/presence-api.ts'
export { displayName } from './profiles/display-name.ts'
export type { NamesOfPeople } from './profiles/names-of-people.ts'
export type { Profile } from './profiles/profile-book.ts'
export type { OwnTyping } from './receipts/typing-sender.ts'
export type { ReadableConversation, ReadableInboxEntry, ReadableMessage } from './rest/readable-views.ts'
export { createClient } from './runtime/create-client.ts'
export { type DeviceSignInOptions, type Prompt, signInByDevice } from './sign-in/device-code-sign-in.ts'
export type { DeviceProver } from './sign-in/device-prover.ts'
export type { OAuthOptions, SignIn } from './sign-in/oauth-requests.ts'
export {
  createOAuthTokens,
  type OAuthTokens,
  type OAuthTokensOptions,
  type SignInStore,
} from './sign-in/oauth-tokens.ts'
export type { ClientStore, OpenedStore, StoreChange, StoreRange, StoreReads } from './stores/client-store.ts'
export type { FileShelf } from './stores/file-shelf.ts'
export { createMemoryStore } from './stores/memory-store.ts'
export { importStoreKey, type StoreKey } from './stores/store-key.ts'
export type { Clock } from './time/clock.ts'
export type { ClientViews, TimelineOptions } from './views/client-views.ts'
export type { Inbox, InboxOptions, InboxSnapshot } from './views/inbox.ts'
export type { InboxLine, MessagePreview } from './views/inbox-line.ts'
export type { Observable } from './views/observable.ts'
export type { MessageState } from './views/reached-by.ts'
export type { Timeline } from './views/timeline.ts'
export type { TimelineEntry, TimelineMention, TimelineReaction } from './views/timeline-entry.ts'
export type { TimelinePoll, TimelineVoter } from './views/timeline-poll.ts'
export type { TimelineSnapshot } from './views/timeline-snapshot.ts'
