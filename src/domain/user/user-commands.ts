import type { Actor } from '../ids.ts'
import type { MarkChange, Openness, RequestOutcome, Voucher } from './user-events.ts'

/**
 * What the accounts database has made true about a user, or what the user wants; the user's devices are told.
 * `actor` is the device that asked for it, or null: an admin or the server.
 */
interface Command<Type extends string> {
  readonly type: Type
  readonly actor: Actor | null
  /** Server time, milliseconds since the Unix epoch. */
  readonly at: number
}

export interface AddDevice extends Command<'AddDevice'> {
  readonly deviceId: string
  /** Ed25519 public keys and the signature that certifies the device, base64. */
  readonly signatureKey: string
  readonly identityKey: string
  readonly certificate: string
  /** The devices in between, if the identity key did not sign it itself. */
  readonly chain?: readonly Voucher[]
}
export interface NameDevice extends Command<'NameDevice'> {
  readonly deviceId: string
}
export interface RequestApproval extends Command<'RequestApproval'> {
  readonly deviceId: string
  readonly pairingId: string
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number
}
export interface RefuseApproval extends Command<'RefuseApproval'> {
  readonly deviceId: string
  readonly pairingId: string
}
export interface RevokeDevice extends Command<'RevokeDevice'> {
  readonly deviceId: string
}
export interface ChangeIdentity extends Command<'ChangeIdentity'> {
  readonly identityKey: string
  /** By the key before; absent if the user has begun anew. */
  readonly signed: boolean
}
export type DeactivateUser = Command<'DeactivateUser'>
export type ReactivateUser = Command<'ReactivateUser'>
export type EraseUser = Command<'EraseUser'>

/** Sets who comes into the user's conversations without a request. */
export interface ChangeConsent extends Command<'ChangeConsent'> {
  readonly direct?: Openness
  readonly groups?: Openness
}
export interface BlockUser extends Command<'BlockUser'> {
  readonly userId: string
}
export interface UnblockUser extends Command<'UnblockUser'> {
  readonly userId: string
}
/** Another user has added this user to a conversation, and has to ask. */
export interface NoteRequest extends Command<'NoteRequest'> {
  readonly conversationId: string
  readonly kind: 'direct' | 'group'
  readonly by: string
}
export interface SettleRequest extends Command<'SettleRequest'> {
  readonly conversationId: string
  readonly outcome: RequestOutcome
}

/** The user's own marks of a conversation, which can be refused. */
export interface MarkConversation extends Command<'MarkConversation'> {
  readonly conversationId: string
  readonly change: MarkChange
  readonly maxPins: number
}

export interface StarMessage extends Command<'StarMessage'> {
  readonly conversationId: string
  readonly messageId: string
  readonly seq: number
  readonly maxStars: number
}
export interface UnstarMessage extends Command<'UnstarMessage'> {
  readonly conversationId: string
  readonly messageId: string
}
/** What users note for themselves. */
export type MarkCommand = MarkConversation | StarMessage | UnstarMessage

export type UserCommand =
  | AddDevice
  | NameDevice
  | RequestApproval
  | RefuseApproval
  | RevokeDevice
  | ChangeIdentity
  | DeactivateUser
  | ReactivateUser
  | EraseUser
  | ChangeConsent
  | BlockUser
  | UnblockUser
  | NoteRequest
  | SettleRequest
