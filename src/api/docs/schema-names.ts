import { messageBody } from '@backscroll/protocol/client-frames'
import { voucher } from '@backscroll/protocol/device-credential'
import { revocationSchema, successionSchema } from '@backscroll/protocol/identity-statements'
import { recoveryRecord } from '@backscroll/protocol/recovery-record'
import { receipt, sendResult, syncPage, wireEvent } from '@backscroll/protocol/server-frames'
import { actProof } from '@backscroll/protocol/signed-act'
import { z } from 'zod'
import { problem } from '../../edge/problem-details.ts'
import * as accounts from '../schemas/account-schemas.ts'
import * as views from '../schemas/answer-schemas.ts'
import { commandResult } from '../schemas/command-result.ts'
import * as consent from '../schemas/consent-schemas.ts'
import * as conversations from '../schemas/conversation-bodies.ts'
import { done } from '../schemas/done-answer.ts'
import * as groups from '../schemas/group-schemas.ts'
import { reactionRetryRequest, reactionsReport } from '../schemas/reactions-schemas.ts'
import * as factors from '../schemas/second-factor-schemas.ts'
import * as operator from '../schemas/views-control-schemas.ts'
import { examples } from './examples.ts'

/** What the documents call each thing. */
export const names: Readonly<Record<string, z.ZodType>> = {
  Problem: problem,
  Done: done,
  CommandResult: commandResult,
  Actor: views.actor,
  Event: wireEvent,
  EventPage: views.eventPage,
  Receipt: receipt,
  SyncPage: syncPage,

  SendMessage: messageBody,
  SendResult: sendResult,
  Message: views.message,
  LastMessage: views.lastMessage,
  MessagePage: views.messagePage,
  MessageReceipt: views.messageReceipt,
  MessageReceiptPage: views.messageReceipts,
  Reaction: views.reaction,
  Acknowledgement: conversations.acknowledge,

  StartConversation: conversations.startConversation,
  ChangeConversation: conversations.changeConversation,
  ConversationFacts: views.facts,
  Conversation: views.conversation,
  RemoveMember: conversations.removeMember,
  Member: views.member,
  MemberPage: views.memberPage,
  Watermarks: views.watermarks,
  InboxEntry: views.inboxEntry,
  InboxPage: views.inboxPage,
  SnapshotEntry: views.snapshotEntry,
  SnapshotPage: views.snapshotPage,

  ConsentSettings: consent.consentSettings,
  ChangeConsent: consent.consentChange,
  ConversationRequest: consent.conversationRequest,
  ConversationRequestList: consent.requestList,
  Block: consent.block,
  BlockList: consent.blockList,

  Commit: groups.commit,
  GroupBeginning: groups.groupBeginning,
  GroupReset: groups.groupReset,
  DeviceSignature: actProof,
  Group: views.groupState,
  Leaf: views.leaf,
  BlobReference: views.blob,
  Welcome: views.welcome,
  WelcomePage: views.welcomePage,
  AcknowledgeWelcome: groups.acknowledgeWelcome,

  NewAccount: accounts.newAccount,
  Registered: accounts.registered,
  OwnAccount: accounts.ownAccount,
  AccountChange: accounts.accountChange,
  Privacy: accounts.privacy,
  PasswordChange: accounts.passwordChange,
  Confirmation: accounts.confirmation,
  Roles: accounts.roleChange,
  Person: accounts.person,

  NewDevice: accounts.newDevice,
  DeviceName: accounts.deviceName,
  Device: accounts.device,
  DeviceList: accounts.deviceList,
  DeviceVoucher: accounts.deviceVoucher,
  CertifiedDevice: accounts.certifiedDevice,
  CertifiedDevices: accounts.certifiedDevices,
  Voucher: voucher,
  Revocation: revocationSchema,
  Succession: successionSchema,
  SignedRevocation: accounts.signedRevocation,
  IdentityRenewal: accounts.identityRenewal,
  IdentityReset: accounts.identityReset,
  RecoveryRecord: recoveryRecord,
  StoredRecoveryRecord: accounts.recoveryBlob,
  OfferedKeyPackages: accounts.offeredKeyPackages,
  KeyPackageCount: accounts.keyPackageCount,
  Claim: accounts.claimRequest,
  ClaimedPackage: accounts.claimedPackage,
  ClaimedPackages: accounts.claimed,
  Pairing: accounts.pairing,
  PairingList: accounts.pairingList,
  PairingPayload: accounts.pairingPayload,
  PairingMessage: accounts.pairingMessage,
  PairingMessages: accounts.pairingMessages,
  PairingMessageNumber: accounts.pairingMessageNumber,

  WithPassword: factors.withPassword,
  CodeOfApp: factors.codeOfApp,
  NewPasskey: factors.newPasskey,
  Passkey: factors.passkeyShown,
  PasskeyOptions: factors.creationOptions,
  SecondFactor: factors.factorStatus,
  OfferedTotp: factors.offeredTotp,
  RecoveryCodes: factors.recoveryCodes,

  Status: operator.status,
  ViewsReport: operator.viewsReport,
  ReactionsReport: reactionsReport,
  RetryReaction: reactionRetryRequest,
  RebuildViews: operator.rebuildRequest,
  RetryStream: operator.retryRequest,
  RetryResult: operator.retryResult,
}

const exampleOf = (id: string) => (id in examples ? { examples: [examples[id]] } : {})

/** Zod's own registry: what makes documents out of schemas refers to what has an id there, and takes descriptions from it too. */
export const nameSchemas = (): void => {
  for (const [id, schema] of Object.entries(names))
    z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id, ...exampleOf(id) })
}
