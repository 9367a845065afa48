import { type EditedReadable, readEdited } from '../content/edited-content.ts'
import { type Readable, readableOf } from '../content/readable-content.ts'
import type { Opener, ReadableMessage } from '../rest/readable-views.ts'
import type { KeptMessage } from './kept-message.ts'

/** A stored message together with its decrypted content. */
export type ReadableKept = Omit<KeptMessage, 'reactions'> &
  EditedReadable & { readonly reactions: readonly (KeptMessage['reactions'][number] & Readable)[] }

/** Adds the content from this device's own copy. A deleted message has none. */
export const createReadKept = ({ envelopeAt }: Pick<Opener, 'envelopeAt'>) => {
  const readAt = async (conversationId: string, revision: number): Promise<Readable> =>
    readableOf(await envelopeAt(conversationId, revision))

  return async (message: KeptMessage): Promise<ReadableKept> => {
    const { conversationId, deleted, reactions } = message
    const readOwn = (revision: number) => readAt(conversationId, revision)
    const content = deleted === null ? await readEdited(readOwn, message) : readableOf(undefined)
    const readable = reactions.map(async (one) => ({ ...one, ...(await readAt(conversationId, one.revision)) }))
    return { ...message, ...content, reactions: await Promise.all(readable) }
  }
}

export type ReadKept = ReturnType<typeof createReadKept>

/** The message as the server returned it, without the ciphertext. */
export const asServed = ({ unreadable: _here, blocked: _before, ...message }: ReadableKept): ReadableMessage => ({
  ...message,
  ciphertext: null,
  expired: false,
  reactions: message.reactions.map((one) => ({ ...one, ciphertext: null })),
})
