import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import type { ClientEvent, ConversationClientEvent } from '../../../packages/client/src/events/client-events.ts'

/** Everything that a client hands to the application, kept. */
export const record = (client: BackscrollClient): ClientEvent[] => {
  const log: ClientEvent[] = []
  for (const type of [
    'message',
    'edit',
    'deletion',
    'reaction',
    'conversation',
    'receipt',
    'failed',
    'gap',
    'snapshot',
    'trust',
    'warning',
    'details',
    'recovered',
    'account',
    'members',
    'profile',
    'request',
  ] as const)
    client.on(type, (event) => log.push(event))
  return log
}

export const conversationEvents = (log: readonly ClientEvent[]): readonly ConversationClientEvent[] =>
  log.filter((event) => 'event' in event)

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
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Waits until it holds; gives up after a time that only a failure needs. */
export const eventually = async (holds: () => boolean, what: string, timeoutMs = 20_000): Promise<void> => {
  const giveUpAt = Date.now() + timeoutMs
  while (!holds()) {
    if (Date.now() > giveUpAt) throw new Error(`It did not happen: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
