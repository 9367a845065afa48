import type { ConversationEvent } from '../../domain/conversation/conversation-events.ts'
import type { ReceiptsEvent } from '../../domain/receipts/receipts-events.ts'
import type { UserEvent } from '../../domain/user/user-events.ts'
import type { DecodedEvent } from '../projection.ts'

/** A decoded event by its type, so that a `switch` over `type` knows its data. Decoding has checked the shape. */
type Folded<Event> = Event extends { readonly type: infer Type; readonly data: infer Data }
  ? DecodedEvent & { readonly type: Type; readonly data: Data }
  : never

export type FoldedConversationEvent = Folded<ConversationEvent>
export type FoldedReceiptsEvent = Folded<ReceiptsEvent>
export type FoldedUserEvent = Folded<UserEvent>

export const asConversationEvent = (event: DecodedEvent): FoldedConversationEvent => event as FoldedConversationEvent
export const asReceiptsEvent = (event: DecodedEvent): FoldedReceiptsEvent => event as FoldedReceiptsEvent
export const asUserEvent = (event: DecodedEvent): FoldedUserEvent => event as FoldedUserEvent
