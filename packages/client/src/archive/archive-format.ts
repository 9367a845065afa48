import { z } from 'zod'
import { decryptStream, encryptStream } from '../crypto/stream-cipher.ts'
import { utf8 } from '../encoding/bytes.ts'
import { E2eeError } from '../errors/e2ee-error.ts'

/**
 * One message of an archive for a new device of the same user. A message can be decrypted only once, so the new
 * device cannot get it from the server.
 */
const record = z.object({
  conversationId: z.string(),
  revision: z.int(),
  /** The event's data as the server sent it. */
  event: z.record(z.string(), z.unknown()),
  /** The content, base64. Absent if the message had none. */
  plaintext: z.base64().optional(),
})

export type ArchivedMessage = z.output<typeof record>

const header = { v: 1, type: 'backscroll archive' } as const
const firstLine = z.object({ v: z.literal(1), type: z.literal(header.type) })

/** How many characters of JSON are encrypted as one block. */
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
 * Encrypts an archive. `key`: from `createStreamKey`, sent to the other device inside MLS. Memory use does not
 * depend on the length of the history.
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

/**
 * Decrypts an archive. Throws `wrong_key` or `malformed` at the first block that is not as it was written; the
 * messages before it are valid.
 */
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
