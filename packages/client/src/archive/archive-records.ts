import { z } from 'zod'
import { profileBody } from '../content/message-content.ts'
import { fromUtf8, utf8 } from '../encoding/bytes.ts'
import { E2eeError } from '../errors/e2ee-error.ts'

const place = { conversationId: z.string().max(64), revision: z.int().min(0) }

/** What an archive in pieces holds: one record a line, as JSON. */
const record = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message'),
    ...place,
    /** Base64 of the content's envelope, with the keys of its files. */
    plaintext: z.base64(),
    /** The server's time of the event. */
    at: z.int().optional(),
    /** The revision of the message that it edits or reacts to. */
    target: z.int().optional(),
  }),
  /** The message was deleted: an older archive must not bring it back. */
  z.object({ type: z.literal('deleted'), ...place }),
  z.object({ type: z.literal('profile'), userId: z.string(), profile: profileBody }),
  /** What opens a group's name and description. Base64. */
  z.object({ type: z.literal('group_keys'), conversationId: z.string().max(64), keys: z.array(z.base64()).max(64) }),
])

export type ArchiveRecord = z.output<typeof record>

/** The first line of a piece. `last`: no piece follows. */
const head = z.object({ v: z.literal(1), last: z.boolean() })

/** A newer version may write kinds that this one does not know. */
const anyRecord = z.looseObject({ type: z.string() })
const known: ReadonlySet<string> = new Set(record.options.map((one) => one.shape.type.value))

export interface OpenedPiece {
  readonly last: boolean
  readonly records: readonly ArchiveRecord[]
}

export const encodeRecord = (one: ArchiveRecord): string => JSON.stringify(one)

export const encodePiece = (lines: readonly string[], last: boolean): Uint8Array =>
  utf8([JSON.stringify({ v: 1, last }), ...lines].join('\n'))

const parseRecord = (line: string): readonly ArchiveRecord[] => {
  const value = anyRecord.parse(JSON.parse(line))
  return known.has(value.type) ? [record.parse(value)] : []
}

/** Throws `bad_archive` for anything that `encodePiece` does not make. */
export const decodePiece = (bytes: Uint8Array): OpenedPiece => {
  try {
    const [first = '', ...lines] = fromUtf8(bytes).split('\n')
    return { last: head.parse(JSON.parse(first)).last, records: lines.flatMap(parseRecord) }
  } catch (thrown) {
    throw new E2eeError('bad_archive', { reason: 'content' }, thrown)
  }
}
