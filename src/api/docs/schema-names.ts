import { messageBody } from '@backscroll/protocol/client-frames'
import { voucher } from '@backscroll/protocol/device-credential'
import { revocationSchema, successionSchema } from '@backscroll/protocol/identity-statements'
import { presence } from '@backscroll/protocol/presence'
import { recoveryRecord } from '@backscroll/protocol/recovery-record'
import { foundUser, newAccount, person, registered, roleChange, userLookup } from '@backscroll/protocol/rest/accounts'
import { administeredUserPage, userOverview, userSearch } from '@backscroll/protocol/rest/administration'
import { auditEntry, auditPage } from '@backscroll/protocol/rest/audit'
import { commandResult } from '@backscroll/protocol/rest/command-result'
import {
  block,
  blockList,
  consentChange,
  consentSettings,
  conversationRequest,
  requestList,
} from '@backscroll/protocol/rest/consent'
import {
  acknowledge,
  changeConversation,
  conversation,
  deleteConversation,
  facts,
  startConversation,
} from '@backscroll/protocol/rest/conversations'
import {
  certifiedDevice,
  certifiedDevices,
  device,
  deviceList,
  deviceName,
  newDevice,
} from '@backscroll/protocol/rest/devices'
import { done } from '@backscroll/protocol/rest/done'
import { eventPage } from '@backscroll/protocol/rest/events'
import { commit, groupBeginning, groupReset, groupState, leaf } from '@backscroll/protocol/rest/groups'
import { identityRenewal, identityReset, recoveryBlob, signedRevocation } from '@backscroll/protocol/rest/identity'
import { inboxEntry, inboxPage, watermarks } from '@backscroll/protocol/rest/inbox'
import { invite, inviteList, inviteToken, newInvite, redeemedInvite } from '@backscroll/protocol/rest/invites'
import {
  claimed,
  claimedPackage,
  claimRequest,
  keyPackageCount,
  offeredKeyPackages,
} from '@backscroll/protocol/rest/key-packages'
import * as ofMarks from '@backscroll/protocol/rest/marks'
import { accountChange, confirmation, ownAccount, passwordChange, privacy } from '@backscroll/protocol/rest/me'
import { storedMedia } from '@backscroll/protocol/rest/media'
import { member, memberPage, removeMember } from '@backscroll/protocol/rest/members'
import {
  lastMessage,
  message,
  messagePage,
  messageReceipt,
  messageReceipts,
  reaction,
} from '@backscroll/protocol/rest/messages'
import {
  pairing,
  pairingList,
  pairingMessage,
  pairingMessageNumber,
  pairingMessages,
  pairingPayload,
} from '@backscroll/protocol/rest/pairings'
import { reactionRetryRequest, reactionsReport } from '@backscroll/protocol/rest/parked-reactions'
import { problem } from '@backscroll/protocol/rest/problem'
import { pushOffer, pushPreferences, pushTarget } from '@backscroll/protocol/rest/push'
import { queuesReport } from '@backscroll/protocol/rest/queues'
import {
  feedbackPage,
  newFeedback,
  newReport,
  report,
  reportPage,
  reportResolution,
} from '@backscroll/protocol/rest/reports'
import {
  codeOfApp,
  creationOptions,
  factorStatus,
  newPasskey,
  offeredTotp,
  passkeyShown,
  recoveryCodes,
  withPassword,
} from '@backscroll/protocol/rest/second-factor'
import { actor } from '@backscroll/protocol/rest/shared-fields'
import { status } from '@backscroll/protocol/rest/status'
import { snapshotEntry, snapshotPage } from '@backscroll/protocol/rest/sync'
import { rebuildRequest, retryRequest, retryResult, viewsReport } from '@backscroll/protocol/rest/views-control'
import { acknowledgeWelcome, blob, welcome, welcomePage } from '@backscroll/protocol/rest/welcomes'
import { receipt, sendResult, syncPage, wireEvent } from '@backscroll/protocol/server-frames'
import { actProof } from '@backscroll/protocol/signed-act'
import { z } from 'zod'
import { archiveNames } from './archive-names.ts'
import { examples } from './examples.ts'

/** What the documents call each schema. */
export const names: Readonly<Record<string, z.ZodType>> = {
  Problem: problem,
  Done: done,
  CommandResult: commandResult,
  Actor: actor,
  Event: wireEvent,
  EventPage: eventPage,
  Receipt: receipt,
  SyncPage: syncPage,

  SendMessage: messageBody,
  SendResult: sendResult,
  Message: message,
  LastMessage: lastMessage,
  MessagePage: messagePage,
  MessageReceipt: messageReceipt,
  MessageReceiptPage: messageReceipts,
  Reaction: reaction,
  StoredMedia: storedMedia,
  ...archiveNames,
  Acknowledgement: acknowledge,

  StartConversation: startConversation,
  ChangeConversation: changeConversation,
  DeleteConversation: deleteConversation,
  ConversationFacts: facts,
  Conversation: conversation,
  RemoveMember: removeMember,
  Member: member,
  MemberPage: memberPage,
  Watermarks: watermarks,
  InboxEntry: inboxEntry,
  InboxPage: inboxPage,
  SnapshotEntry: snapshotEntry,
  SnapshotPage: snapshotPage,

  ConsentSettings: consentSettings,
  ChangeConsent: consentChange,
  ConversationRequest: conversationRequest,
  ConversationRequestList: requestList,
  Block: block,
  BlockList: blockList,

  Marks: ofMarks.marks,
  ChangeMarks: ofMarks.markChange,
  MarkedConversation: ofMarks.markedConversation,
  MarkedConversations: ofMarks.markedConversations,
  NewStar: ofMarks.newStar,
  Star: ofMarks.star,
  StarPage: ofMarks.starPage,

  Commit: commit,
  GroupBeginning: groupBeginning,
  GroupReset: groupReset,
  DeviceSignature: actProof,
  Group: groupState,
  Leaf: leaf,
  BlobReference: blob,
  Welcome: welcome,
  WelcomePage: welcomePage,
  AcknowledgeWelcome: acknowledgeWelcome,

  NewAccount: newAccount,
  Registered: registered,
  OwnAccount: ownAccount,
  AccountChange: accountChange,
  Privacy: privacy,
  PasswordChange: passwordChange,
  Confirmation: confirmation,
  Roles: roleChange,
  Person: person,
  Presence: presence,
  UserLookup: userLookup,
  NewInvite: newInvite,
  Invite: invite,
  InviteList: inviteList,
  InviteToken: inviteToken,
  RedeemedInvite: redeemedInvite,
  FoundUser: foundUser,

  NewDevice: newDevice,
  DeviceName: deviceName,
  Device: device,
  DeviceList: deviceList,
  CertifiedDevice: certifiedDevice,
  CertifiedDevices: certifiedDevices,
  Voucher: voucher,
  Revocation: revocationSchema,
  Succession: successionSchema,
  SignedRevocation: signedRevocation,
  IdentityRenewal: identityRenewal,
  IdentityReset: identityReset,
  RecoveryRecord: recoveryRecord,
  StoredRecoveryRecord: recoveryBlob,
  OfferedKeyPackages: offeredKeyPackages,
  KeyPackageCount: keyPackageCount,
  Claim: claimRequest,
  ClaimedPackage: claimedPackage,
  ClaimedPackages: claimed,
  PushTarget: pushTarget,
  PushOffer: pushOffer,
  PushPreferences: pushPreferences,
  Pairing: pairing,
  PairingList: pairingList,
  PairingPayload: pairingPayload,
  PairingMessage: pairingMessage,
  PairingMessages: pairingMessages,
  PairingMessageNumber: pairingMessageNumber,

  WithPassword: withPassword,
  CodeOfApp: codeOfApp,
  NewPasskey: newPasskey,
  Passkey: passkeyShown,
  PasskeyOptions: creationOptions,
  SecondFactor: factorStatus,
  OfferedTotp: offeredTotp,
  RecoveryCodes: recoveryCodes,

  UserSearch: userSearch,
  AdministeredUserPage: administeredUserPage,
  UserOverview: userOverview,
  NewReport: newReport,
  NewFeedback: newFeedback,
  ReportPage: reportPage,
  Report: report,
  ReportResolution: reportResolution,
  FeedbackPage: feedbackPage,
  AuditEntry: auditEntry,
  AuditPage: auditPage,

  Status: status,
  ViewsReport: viewsReport,
  ReactionsReport: reactionsReport,
  QueuesReport: queuesReport,
  RetryReaction: reactionRetryRequest,
  RebuildViews: rebuildRequest,
  RetryStream: retryRequest,
  RetryResult: retryResult,
}

const exampleOf = (id: string) => (id in examples ? { examples: [examples[id]] } : {})

/**
 * Zod's own registry: the tools that make documents from schemas refer to what has an id there, and take
 * descriptions from it too.
 */
export const nameSchemas = (): void => {
  for (const [id, schema] of Object.entries(names))
    z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id, ...exampleOf(id) })
}
