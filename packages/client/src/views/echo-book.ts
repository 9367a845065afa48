import type { OutboxEntry } from '../commands/outbox-entry.ts'
import { isMessage, type OutboxNews } from './outbox-news.ts'

interface Echo {
  readonly entry: OutboxEntry
  /** Accepted, but its event has not come yet. */
  readonly isAccepted: boolean
}

/** What one conversation shows of commands that are no events yet: from the outbox until the event has taken the place. */
export interface EchoBook {
  /** Looks at what waits now. */
  look(): void
  /** Returns whether it is about this conversation. */
  take(news: OutboxNews): boolean
  /** The event of this message, edit, reaction or deletion is shown now. */
  arrived(messageId: string): void
  /** Own new messages, in the order in which they were given. */
  messages(): readonly Echo[]
  /** Edits, reactions and deletions of a message. */
  about(seq: number): readonly OutboxEntry[]
}

const isShown = ({ command }: OutboxEntry): boolean => command.kind === 'message' && command.control !== true
const targetOf = ({ command }: OutboxEntry): number | undefined =>
  command.kind === 'message' && command.relatesTo?.kind !== 'reply' ? command.relatesTo?.seq : undefined

export const createEchoBook = (conversationId: string, waiting: () => readonly OutboxEntry[]): EchoBook => {
  const echoes = new Map<string, Echo>()

  const look = () => {
    const now = waiting().filter(isShown)
    const left = new Set(now.map(({ messageId }) => messageId))
    for (const [messageId, { isAccepted }] of echoes) if (!isAccepted && !left.has(messageId)) echoes.delete(messageId)
    for (const entry of now) if (!echoes.has(entry.messageId)) echoes.set(entry.messageId, { entry, isAccepted: false })
  }
  const accepted = (entry: OutboxEntry, isRepeat: boolean) => {
    // Of a change that was made before, the event was shown before, or comes with others that this device lacks.
    if (isRepeat && !isMessage(entry)) echoes.delete(entry.messageId)
    else echoes.set(entry.messageId, { entry, isAccepted: true })
  }
  return {
    look,
    take: (news) => {
      if (news.kind === 'waiting') return news.conversationId === conversationId
      if (news.entry.conversationId !== conversationId || !isShown(news.entry)) return false
      if (news.kind === 'accepted') accepted(news.entry, news.result.duplicate)
      else echoes.delete(news.entry.messageId)
      return true
    },
    arrived: (messageId) => void echoes.delete(messageId),
    messages: () => [...echoes.values()].filter(({ entry }) => isMessage(entry)),
    about: (seq) => [...echoes.values()].flatMap(({ entry }) => (targetOf(entry) === seq ? [entry] : [])),
  }
}
