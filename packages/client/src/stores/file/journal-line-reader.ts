import type { FileHandle } from 'node:fs/promises'

export interface FoundLine {
  /** Where in the file it begins. */
  readonly at: number
  /** Without its end. */
  readonly bytes: Buffer
  /** False for a line that a crash cut off. */
  readonly hasEnd: boolean
}

const chunk = 1024 * 1024
const lineFeed = 0x0a

async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (let at = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunk), 0, chunk, at)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

/** The lines of a file, however large it is. */
export async function* linesOf(file: FileHandle): AsyncGenerator<FoundLine> {
  let parts: Buffer[] = []
  let at = 0
  const take = (rest: Buffer, hasEnd: boolean): FoundLine => {
    const found = { at, bytes: Buffer.concat([...parts, rest]), hasEnd }
    parts = []
    at += found.bytes.length + 1
    return found
  }
  for await (const bytes of chunksOf(file)) {
    let start = 0
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
      yield take(bytes.subarray(start, end), true)
      start = end + 1
    }
    if (start < bytes.length) parts.push(bytes.subarray(start))
  }
  if (parts.length > 0) yield take(Buffer.alloc(0), false)
}
