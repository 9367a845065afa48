import { type Readable, readableOf } from '../content/readable-content.ts'
import type { Opener, ReadableMessage } from '../rest/readable-views.ts'
import { contentRevision, type KeptMessage } from './kept-message.ts'

/** A kept message with what this device has read in it. */
export type ReadableKept = Omit<KeptMessage, 'reactions'> &
  Readable & { readonly reactions: readonly (KeptMessage['reactions'][number] & Readable)[] }

/** Reads what is inside from the device's own copy; nothing is inside what was deleted. */
export const createReadKept = ({ envelopeAt }: Pick<Opener, 'envelopeAt'>) => {
  const readAt = async (conversationId: string, revision: number): Promise<Readable> =>
    readableOf(await envelopeAt(conversationId, revision))

  return async (message: KeptMessage): Promise<ReadableKept> => {
    const { conversationId, deleted, reactions } = message
    const content = deleted === null ? await readAt(conversationId, contentRevision(message)) : readableOf(undefined)
    const readable = reactions.map(async (one) => ({ ...one, ...(await readAt(conversationId, one.revision)) }))
    return { ...message, ...content, reactions: await Promise.all(readable) }
  }
}

export type ReadKept = ReturnType<typeof createReadKept>

/** As the server tells it, but for the ciphertext. */
export const asServed = ({ unreadable: _here, blocked: _before, ...message }: ReadableKept): ReadableMessage => ({
  ...message,
  ciphertext: null,
  expired: false,
  reactions: message.reactions.map((one) => ({ ...one, ciphertext: null })),
})
