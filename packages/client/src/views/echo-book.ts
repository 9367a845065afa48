import type { OutboxEntry } from '../commands/outbox-entry.ts'
import { isMessage, type OutboxNews } from './outbox-news.ts'

interface Echo {
  readonly entry: OutboxEntry
  /** The server accepted the command, but its event has not arrived yet. */
  readonly isAccepted: boolean
}

/**
 * One conversation's local echoes: commands that are shown from the moment they are queued until their events
 * arrive.
 */
export interface EchoBook {
  /** Compares the echoes with the commands that are waiting now. */
  look(): void
  /** Applies the news. Returns whether it concerns this conversation. */
  take(news: OutboxNews): boolean
  /** The event of this message, edit, reaction or deletion is displayed now, so its echo is no longer needed. */
  arrived(messageId: string): void
  /** New messages from this device, in the order in which they were given. */
  messages(): readonly Echo[]
  /** Pending edits, reactions and deletions of a message. */
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
    for (const entry of now) {
      const before = echoes.get(entry.messageId)
      // A message whose files are there becomes another entry.
      if (before === undefined || (!before.isAccepted && before.entry !== entry))
        echoes.set(entry.messageId, { entry, isAccepted: false })
    }
  }
  const accepted = (entry: OutboxEntry, isRepeat: boolean) => {
    // A repeated change already has its event: it was displayed before, or arrives with other events that this device
    // still lacks.
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
