/** Branded identifiers. All are opaque ASCII text; `packages/protocol/src/ids.ts` holds the patterns that the edge enforces. */
declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

export type UserId = Branded<'UserId'>
export type DeviceId = Branded<'DeviceId'>
/** A UUID made by the sending device. It names one message, edit, deletion or reaction for ever. */
export type MessageId = Branded<'MessageId'>

/** The device that acts, and its user. */
export interface Actor {
  readonly userId: UserId
  readonly deviceId: DeviceId
}

export const userId = (text: string): UserId => text as UserId
export const deviceId = (text: string): DeviceId => text as DeviceId
export const messageId = (text: string): MessageId => text as MessageId
