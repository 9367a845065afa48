import { fromUtf8 } from '../encoding/bytes.ts'

/** Bytes of a refusal. */
export const refusalBytes = 64 * 1024

const joined = (chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/**
 * The body of an answer, of at most `most` bytes. Rejects where it is longer: a server that lies could send one that
 * has no end.
 */
export const bodyOf = async (
  response: Response,
  most: number,
  tooLong: () => Error = () => new RangeError(`The server's answer is longer than ${most} bytes`),
): Promise<Uint8Array<ArrayBuffer>> => {
  const reader = response.body?.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (let next = await reader?.read(); next?.value !== undefined; next = await reader?.read()) {
    length += next.value.length
    if (length > most) {
      await reader?.cancel()
      throw tooLong()
    }
    chunks.push(next.value)
  }
  return joined(chunks, length)
}

export const jsonOf = async (response: Response, most: number): Promise<unknown> =>
  JSON.parse(fromUtf8(await bodyOf(response, most)))
