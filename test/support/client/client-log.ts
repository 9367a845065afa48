import type { ConversationEvent, ConversationEventType } from '@backscroll/protocol/conversation-events'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import type { ClientEvent } from '../../../packages/client/src/events/client-events.ts'
import type { ConversationClientEvent } from '../../../packages/client/src/events/conversation-event.ts'

/** What is said in conversations, what became of it, and what a device lacks. */
export const conversationTypes = [
  ...(['message', 'edit', 'deletion', 'reaction', 'conversation'] as const),
  ...(['receipt', 'failed', 'gap', 'snapshot', 'warning'] as const),
]
const otherTypes = [
  'trust',
  'details',
  'recovered',
  'account',
  'members',
  'profile',
  'request',
  'join_request',
] as const

/** Everything that a client hands to the application, kept. */
export const record = (client: BackscrollClient): ClientEvent[] => {
  const log: ClientEvent[] = []
  for (const type of [...conversationTypes, ...otherTypes]) client.on(type, (event) => log.push(event))
  return log
}

export const conversationEvents = (log: readonly ClientEvent[]): readonly ConversationClientEvent[] =>
  log.filter((event) => 'event' in event)

const isOfType = <Type extends ConversationEventType>(
  event: ConversationEvent,
  type: Type,
): event is ConversationEvent & ConversationEvent<Type> => event.type === type

/** Events of one type, with what is in their data. */
export const eventsOfType = <Type extends ConversationEventType>(log: readonly ClientEvent[], type: Type) =>
  conversationEvents(log).flatMap(({ event }) => (isOfType(event, type) ? [event] : []))

/** What the server stored of messages, edits and reactions. */
export const sealedIn = (log: readonly ClientEvent[]): readonly string[] =>
  conversationEvents(log).flatMap((one) => {
    if (one.type !== 'message' && one.type !== 'edit' && one.type !== 'reaction') return []
    const { ciphertext } = one.event.data
    return typeof ciphertext === 'string' ? [ciphertext] : []
  })

/** Starts a client; resolves once it is live. */
export const live = async (client: BackscrollClient): Promise<void> => {
  client.start()
  await client.whenLive()
}

export const textOf = (event: ConversationClientEvent): string => new TextDecoder().decode(event.plaintext)
export const messageTexts = (log: readonly ClientEvent[]): readonly string[] =>
  conversationEvents(log)
    .filter(({ type }) => type === 'message')
    .map(textOf)
/** What people have written, as text. */
export const textsIn = (log: readonly ClientEvent[]): readonly string[] =>
  conversationEvents(log).flatMap(({ content }) => (content?.type === 'text' ? [content.body.text] : []))
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Waits until it holds; gives up after a time that only a failure needs. */
export const eventually = async (holds: () => boolean, what: string, timeoutMs = 20_000): Promise<void> => {
  const giveUpAt = Date.now() + timeoutMs
  while (!holds()) {
    if (Date.now() > giveUpAt) throw new Error(`It did not happen: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
