import type { NoteProgress, StoredFile } from '../../ports/media-store.ts'
import type { MediaObjects } from './media-objects.ts'

/** S3 requires at least 5 MiB in every part but the last, and at most 10,000 parts. So a file has at most 48 GiB. */
export const partBytes = 5 * 1024 * 1024

/** What the store keeps in a file's record. */
interface Parts {
  readonly uploadId: string
  readonly etags: readonly string[]
}

export const partsOf = ({ parts }: Pick<StoredFile, 'parts'>): Parts | undefined =>
  parts === null ? undefined : (JSON.parse(parts) as Parts)

/** The part that is being filled. */
const createPart = () => {
  const bytes = new Uint8Array(partBytes)
  let length = 0
  return {
    length: () => length,
    bytes: () => bytes.subarray(0, length),
    /** Adds as many bytes as fit. Returns how many that were. */
    add: (more: Uint8Array): number => {
      const taken = more.subarray(0, partBytes - length)
      bytes.set(taken, length)
      length += taken.length
      return taken.length
    },
    clear: (): void => {
      length = 0
    },
  }
}

/**
 * Gathers bytes into parts, starting after what `file` has received. Full parts are noted at once; the remainder is
 * noted by `settle`.
 */
const openParts = async (objects: MediaObjects, file: StoredFile, note: NoteProgress) => {
  const { id, size, received } = file
  let parts = partsOf(file) ?? { uploadId: await objects.begin(id), etags: [] }
  let noted = received
  const part = createPart()
  const at = (): number => parts.etags.length * partBytes + part.length()
  const told = async (): Promise<void> => {
    await note(at(), JSON.stringify(parts))
    noted = at()
  }
  const kept = received - parts.etags.length * partBytes
  if (kept > 0) part.add((await objects.getRest(id, received)).subarray(0, kept))
  if (file.parts === null) await told()

  const putPart = async (): Promise<void> => {
    const etag = await objects.putPart(id, parts.uploadId, parts.etags.length + 1, part.bytes())
    const after = at()
    parts = { ...parts, etags: [...parts.etags, etag] }
    part.clear()
    await note(after, JSON.stringify(parts))
    noted = after
  }

  return {
    add: async (bytes: Uint8Array): Promise<void> => {
      for (let rest = bytes; rest.length > 0; ) {
        rest = rest.subarray(part.add(rest))
        if (part.length() === partBytes) await putPart()
      }
    },
    /**
     * Stores an incomplete part as an object of its own when a request ends or is cut off. The next request
     * continues from it.
     */
    settle: async (): Promise<void> => {
      if (at() === noted) return
      if (at() === size) return putPart()
      await objects.putRest(id, at(), part.bytes())
      await told()
    },
    /** Removes the incomplete part that this request has continued from. */
    tidy: async (): Promise<void> => {
      if (kept > 0 && noted > received) await objects.removeRest(id, received)
    },
  }
}

/** `storing` converts failures of the store. */
export const appendParts = async (
  objects: MediaObjects,
  file: StoredFile,
  bytes: AsyncIterable<Uint8Array>,
  note: NoteProgress,
  storing: <Result>(work: () => Promise<Result>) => Promise<Result>,
): Promise<void> => {
  const parts = await storing(() => openParts(objects, file, note))
  let isStoring = false
  try {
    for await (const chunk of bytes) {
      isStoring = true
      await storing(() => parts.add(chunk))
      isStoring = false
    }
  } catch (error) {
    if (!isStoring) await storing(parts.settle)
    throw error
  }
  await storing(parts.settle)
  await storing(parts.tidy)
}
