import { z } from 'zod'
import { decryptStream, encryptStream } from '../crypto/stream-cipher.ts'
import { utf8 } from '../encoding/bytes.ts'
import { E2eeError } from '../errors/e2ee-error.ts'

/**
 * What a device gives to a new device of the same user: messages can be opened only once, so the new one cannot get
 * them from the server.
 */
const record = z.object({
  conversationId: z.string(),
  revision: z.int(),
  /** The event as the server told it. */
  event: z.record(z.string(), z.unknown()),
  /** The content, base64; absent where there was nothing to read. */
  plaintext: z.base64().optional(),
})

export type ArchivedMessage = z.output<typeof record>

const header = { v: 1, type: 'backscroll archive' } as const
const firstLine = z.object({ v: z.literal(1), type: z.literal(header.type) })

/** Characters of JSON that are encrypted together. */
const batch = 64 * 1024

async function* toLines(records: AsyncIterable<ArchivedMessage> | Iterable<ArchivedMessage>) {
  let lines = `${JSON.stringify(header)}\n`
  for await (const one of records) {
    lines += `${JSON.stringify(one)}\n`
    if (lines.length < batch) continue
    yield utf8(lines)
    lines = ''
  }
  yield utf8(lines)
}

/**
 * `key`: from `createStreamKey`, sent to the other device inside MLS. The memory used stays limited however long
 * the history is.
 */
export const writeArchive = (key: Uint8Array, records: AsyncIterable<ArchivedMessage> | Iterable<ArchivedMessage>) =>
  encryptStream(key, toLines(records))

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') throw new E2eeError('malformed')
}

const parseLine = <Value>(schema: z.ZodType<Value>, line: string): Value => {
  try {
    return schema.parse(JSON.parse(line))
  } catch (thrown) {
    throw new E2eeError('malformed', {}, thrown)
  }
}

/** Throws `wrong_key` or `malformed` where the archive stops being what was written; what came before is valid. */
export async function* readArchive(
  key: Uint8Array,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<ArchivedMessage> {
  let first = true
  for await (const line of linesOf(decryptStream(key, source))) {
    if (first) parseLine(firstLine, line)
    else yield parseLine(record, line)
    first = false
  }
}
