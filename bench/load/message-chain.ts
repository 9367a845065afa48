import { createSealer } from './ciphertext.ts'
import { messageFrame, nextMessageId } from './frames.ts'

/** Where the frames of a device go, and under which ids. */
export interface ChainDeps {
  readonly send: (frame: string) => void
  readonly nextId: () => number
  /** The nth message is durable. */
  readonly acknowledged: (number: number) => void
  /** The server takes no more for now. */
  readonly refused: () => void
}

/** What the server says to a message that it does not take: the code, and when to come again. */
export interface Refusal {
  readonly code: string
  readonly retryAfterMs?: number | undefined
}

interface Message {
  readonly ciphertext: string
  readonly messageId: string
}

/** The messages of one device in one conversation, in order. What the server does not take now goes again, with all that came after it, as the SDK does. */
export const createMessageChain = (conversationId: string, deps: ChainDeps) => {
  const seal = createSealer(conversationId, 0)
  /** By number, in order. */
  const waiting = new Map<number, Message>()
  const frames = new Map<number, { readonly number: number; readonly attempt: number }>()
  let [sent, acknowledged, attempt] = [0, 0, 0]
  let again: NodeJS.Timeout | undefined

  const transmit = (number: number, { ciphertext, messageId }: Message): void => {
    const id = deps.nextId()
    frames.set(id, { number, attempt })
    // Command 1 opened the conversation.
    deps.send(messageFrame(id, conversationId, number + 1, ciphertext, messageId))
  }
  const sendAgain = (): void => {
    again = undefined
    for (const [number, message] of waiting) transmit(number, message)
  }
  /** What was sent twice can be answered out of order. */
  const tell = (): void => {
    for (; acknowledged < sent && !waiting.has(acknowledged + 1); acknowledged += 1) deps.acknowledged(acknowledged + 1)
  }

  return {
    has: (id: number): boolean => frames.has(id),
    next: (): void => {
      sent += 1
      const message = { ciphertext: seal(), messageId: nextMessageId() }
      waiting.set(sent, message)
      if (again === undefined) transmit(sent, message)
    },
    settled: (id: number): void => {
      const frame = frames.get(id)
      frames.delete(id)
      if (frame !== undefined && waiting.delete(frame.number)) tell()
    },
    /** What came after a refused frame is refused with it. False: it is no reason to come again. */
    refused: (id: number, { code, retryAfterMs = 1000 }: Refusal): boolean => {
      const isOld = frames.get(id)?.attempt !== attempt
      frames.delete(id)
      if (isOld) return true
      if (code !== 'overloaded') return false
      deps.refused()
      attempt += 1
      again = setTimeout(sendAgain, retryAfterMs * (1 + Math.random() / 2))
      return true
    },
    stop: (): void => clearTimeout(again),
  }
}

export type MessageChain = ReturnType<typeof createMessageChain>
