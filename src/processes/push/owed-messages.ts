import { decodeConversationEvent } from '../../codec/conversation-codec.ts'
import { ifUnderstood } from '../../codec/undecodable-event.ts'
import type { Delta } from '../../ports/deltas.ts'
import type { OwedMessage } from '../../ports/identity/push-records.ts'

/** A message for one user, with its sender. */
export interface IncomingMessage extends OwedMessage {
  readonly senderId: string
}

interface Newest {
  readonly seq: number
  readonly at: number
}

/** The messages of one conversation: the newest of each sender. */
interface Gathered {
  audience: readonly string[]
  readonly bySender: Map<string, Newest>
}

/**
 * Gathers messages by conversation. Its size depends on the number of conversations and users, not on the number of
 * messages.
 */
export interface MessageTray {
  add(deltas: readonly Delta[]): void
  /** Returns all messages and empties the tray. */
  take(): readonly IncomingMessage[]
  isEmpty(): boolean
}

const messagesOf = (conversationId: string, { audience, bySender }: Gathered): readonly IncomingMessage[] =>
  audience.flatMap((userId) =>
    [...bySender].flatMap(([senderId, newest]) =>
      senderId === userId ? [] : [{ userId, conversationId, senderId, ...newest }],
    ),
  )

export const createMessageTray = (): MessageTray => {
  let tray = new Map<string, Gathered>()

  const gather = ({ conversationId, audience, events }: Delta): void => {
    for (const recorded of events) {
      if (recorded.type !== 'MessageSent') continue
      const event = ifUnderstood(decodeConversationEvent, recorded)
      if (event?.type !== 'MessageSent') continue
      const one = tray.get(conversationId) ?? { audience, bySender: new Map<string, Newest>() }
      one.audience = audience
      one.bySender.set(recorded.userId, { seq: event.data.seq, at: recorded.at })
      tray.set(conversationId, one)
    }
  }
  return {
    add: (deltas) => {
      for (const delta of deltas) gather(delta)
    },
    take: () => {
      const gathered = tray
      tray = new Map()
      return [...gathered].flatMap(([conversationId, one]) => messagesOf(conversationId, one))
    },
    isEmpty: () => tray.size === 0,
  }
}
