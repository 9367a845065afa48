import { ProtocolError } from '@backscroll/protocol/errors'
import { conversationStream, userStream } from '../../domain/stream-names.ts'
import { problemOf } from '../../edge/problem-details.ts'

const conversationId = '6f1c2c1e-8f0a-4c0d-9a4e-2f6d5f1b7a10'
const messageId = '0f0f4d7e-7b1d-4d8e-8a55-6f5b1c2d3e4f'
const requestId = '0b7f4c5e-6f0e-4a57-9c39-0d8f5f0d4f6e'
const numbers = { clientSeq: 2, afterClientSeq: 1 }
const at = 1_767_225_600_000
const actor = { userId: 'alice', deviceId: 'phone' }
const base64Of = (bytes: number): string => Buffer.alloc(bytes, 7).toString('base64')
/** Where a real one would fill a page. */
const opaque = base64Of(24)
const sealed = `sealed1/${base64Of(28 + 64 + 16)}`
const key = base64Of(32)
const signature = base64Of(64)
const proof = { credential: opaque, signatureKey: key, signature }
const signedHere = { generation: 0, epoch: 1, proof }
const device = { deviceId: 'tablet', signatureKey: key, certificate: signature }
const revocation = {
  ...{ type: 'revocation', userId: 'alice', identityKey: key, revoked: ['tablet'] },
  kept: [{ deviceId: 'phone', signatureKey: key }],
  ...{ by: null, signature },
}

/** One of each, by the name of its schema; a test checks each against it. */
export const examples: Readonly<Record<string, unknown>> = {
  Problem: problemOf(new ProtocolError('client_seq_gap', undefined, { details: { last: 41 } }), requestId),
  Done: { ok: true },
  NewArchive: { kind: 'transfer', key, signature },
  ArchiveManifest: { manifest: opaque, complete: false },
  NewArchivePiece: { mediaId: 'Zr4mX2cQhYw0pT9s_7abZr4mX2cQhYw0' },
  CommandResult: { conversationId, revision: 7, position: '1042', acceptedAt: at, duplicate: false },
  Event: {
    stream: { kind: 'conversation', id: conversationId },
    ...{ revision: 7, position: '1042', type: 'MessageSent', at, actor },
    data: { messageId, seq: 3, clientSeq: 2, ciphertext: opaque },
  },
  SendMessage: { conversationId, messageId, ...numbers, ciphertext: opaque, contentType: 'text' },
  SendResult: { messageId, conversationId, seq: 3, revision: 7, position: '1042', acceptedAt: at, duplicate: false },
  Acknowledgement: { upToSeq: 3, status: 'read' },
  StartConversation: {
    ...{ clientSeq: 1, afterClientSeq: 0, recipientId: 'bob' },
    group: { addDevices: [{ userId: 'bob', deviceId: 'laptop' }], commit: opaque, welcome: opaque, groupInfo: opaque },
  },
  ChangeConversation: { ...numbers, name: sealed },
  ChangeConsent: { direct: 'known' },
  NewStar: { seq: 7 },
  ChangeMarks: { mutedUntil: 'forever', archivedUpTo: 12 },
  RemoveMember: { ...numbers, ...signedHere },
  DeleteConversation: { ...numbers, ...signedHere },
  Commit: {
    ...{ ...numbers, epoch: 1, upTo: 6, commit: opaque, welcome: opaque, groupInfo: opaque },
    change: { addUsers: ['carol'], addDevices: [{ userId: 'carol', deviceId: 'phone' }], removeDevices: [] },
  },
  GroupReset: { ...numbers, generation: 1, proof },
  AcknowledgeWelcome: { conversationId, revision: 7 },
  NewAccount: { login: 'alice@example.org', password: 'correct horse battery', displayName: 'Alice' },
  Registered: { userId: '018f2d3c-0000-7000-8000-000000000001' },
  NewInvite: { inviteId: 'A'.repeat(43), expiresInSeconds: 604_800, maxUses: 1 },
  InviteToken: { token: 'A'.repeat(43) },
  UserLookup: { login: 'alice@example.org' },
  FoundUser: { userId: '018f2d3c-0000-7000-8000-000000000001' },
  AccountChange: { displayName: 'Alice', privacy: { readReceipts: false } },
  PasswordChange: { current: 'correct horse battery', next: 'another good one' },
  Confirmation: { password: 'correct horse battery' },
  Roles: { roles: ['user', 'admin'] },
  NewDevice: { name: "Alice's phone", signatureKey: key, certificate: signature, identityKey: key },
  DeviceName: { name: "Alice's phone" },
  SignedRevocation: { statement: revocation },
  IdentityRenewal: {
    succession: {
      ...{ type: 'succession', userId: 'alice', identityKey: key, successor: key, number: 1 },
      kept: [device],
      signature,
    },
  },
  IdentityReset: { signatureKey: key, certificate: signature, identityKey: key, password: 'correct horse battery' },
  RecoveryRecord: { blob: opaque, number: 1, signature },
  OfferedKeyPackages: { keyPackages: [opaque], lastResort: opaque },
  Claim: { claimId: 'phone-17' },
  PushTarget: {
    kind: 'webpush',
    endpoint: 'https://updates.push.services.mozilla.com/wpush/v2/gAAAA',
    keys: { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) },
  },
  PushPreferences: { quietHours: { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' } },
  PairingPayload: { payload: opaque },
  WithPassword: { password: 'correct horse battery' },
  CodeOfApp: { code: '123456' },
  NewPasskey: {
    name: 'The blue key',
    answer: {
      ...{ id: 'AAAA', rawId: 'AAAA', type: 'public-key' },
      response: { clientDataJSON: 'AAAA', attestationObject: 'AAAA', transports: ['internal'] },
    },
  },
  NewReport: {
    reportId: messageId,
    ...{ about: { kind: 'user', userId: 'mallory' }, reason: 'harassment', note: 'Every night since Monday.' },
  },
  NewFeedback: { feedbackId: messageId, text: 'The dark theme is too bright.' },
  ReportResolution: { outcome: 'warned' },
  UserSearch: { prefix: 'alice@' },
  RebuildViews: { views: ['timeline'] },
  RetryReaction: { process: 'leave-conversations', stream: userStream('alice') },
  RetryStream: { stream: conversationStream(conversationId) },
}
