import type { MessageCommand, OutboxEntry } from '../../commands/outbox-entry.ts'
import { type About, encodeAad } from '../../content/message-content.ts'
import { fromBase64, toBase64 } from '../../encoding/base64.ts'
import { toBackscrollError } from '../../errors/backscroll-error.ts'
import { forget } from '../../mls/message-encryption.ts'
import type { MlsEngine } from '../../mls/mls-engine.ts'
import type { SealedMessage, SealedMessages } from '../../records/sealed-messages.ts'
import type { Group } from '../state/group.ts'
import type { GroupBook } from '../state/group-book.ts'
import { notNow, type RequireReaders } from './require-readers.ts'

export interface SealMessageDeps {
  readonly engine: Pick<MlsEngine, 'encrypt' | 'epoch' | 'epochId'>
  readonly book: GroupBook
  readonly sealed: SealedMessages
  readonly requireReaders: RequireReaders
}

type Sealed = Pick<SealedMessage, 'ciphertext' | 'epochId'>

const aboutOf = ({ messageId }: OutboxEntry, { contentType, relatesTo, control }: MessageCommand): About => ({
  messageId,
  ...(control && { control }),
  ...(contentType !== undefined && { contentType }),
  ...(relatesTo &&
    relatesTo.kind !== 'delete' && {
      relatesTo: { messageId: relatesTo.messageId, revision: relatesTo.revision, kind: relatesTo.kind },
    }),
})

/**
 * Seals a message once for an epoch, however often it is sent. The result, and the state that has used a key for
 * it, are stored before it is sent: a key is never used twice.
 */
export const createSealMessage = ({ engine, book, sealed, requireReaders }: SealMessageDeps) => {
  const make = async (group: Group, entry: OutboxEntry, command: MessageCommand): Promise<Sealed> => {
    const { state, generation } = group
    if (state === undefined) throw toBackscrollError(new Error('The group is gone'))
    const known = sealed.of(entry)
    const epochId = engine.epochId(state)
    if (known?.epochId === epochId) return known
    const made = await engine.encrypt(state, fromBase64(command.plaintext ?? ''), encodeAad(aboutOf(entry, command)))
    const ciphertext = toBase64(made.message)
    const first = known?.first ?? { generation, epoch: engine.epoch(state) }
    group.state = made.state
    await book.save(group, [sealed.put(entry, { messageId: entry.messageId, ciphertext, epochId, first })])
    forget(made.spent)
    return { ciphertext, epochId }
  }
  const requireSame = (group: Group, { epochId }: Sealed) => {
    requireReaders.still(group)
    if (group.state === undefined || engine.epochId(group.state) !== epochId) throw notNow('changed')
  }
  return async (entry: OutboxEntry, command: MessageCommand, send: (ciphertext: string) => void): Promise<void> => {
    const group = book.of(entry.conversationId)
    await book.inTurn(group, async () => {
      requireReaders.ready(group)
      const made = await make(group, entry, command)
      requireSame(group, made)
      send(made.ciphertext)
    })
  }
}
