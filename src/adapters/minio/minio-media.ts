import type { Client } from 'minio'
import type { MediaStore, StoredFile } from '../../ports/media-store.ts'
import { appendParts, partsOf } from './append-parts.ts'
import { createMediaObjects, isMissing, type MediaObjects } from './media-objects.ts'
import { answering } from './minio-errors.ts'

/**
 * Files are read in pieces of this size, so that a slow reader holds no connection to the store, and only this much
 * memory.
 */
const pieceBytes = 4 * 1024 * 1024

/** A file whose multipart upload was completed before has no multipart upload any more. */
const finish = async (objects: MediaObjects, file: StoredFile): Promise<void> => {
  const { id, size } = file
  const parts = partsOf(file)
  if (parts === undefined) return objects.putWhole(id, new Uint8Array())
  try {
    await objects.complete(id, parts.uploadId, parts.etags)
  } catch (error) {
    if (!isMissing(error) || (await objects.sizeOf(id)) !== size) throw error
  }
  await objects.removeRests(id)
}

/** A refused note is passed on as it is, because it is not a failure of the store. */
const passing = async <Result>(work: () => Promise<Result>, refused: () => unknown): Promise<Result> => {
  try {
    return await answering(work)
  } catch (error) {
    throw refused() ?? error
  }
}

/** Uploaded files as multipart uploads in the bucket of the blobs. Any number of processes may use them. */
export const createMinioMedia = (client: Client, bucket: string, link?: MediaStore['link']): MediaStore => {
  const objects = createMediaObjects(client, bucket)
  return {
    link,
    append: async (file, bytes, note) => {
      let refusal: unknown
      const noted: typeof note = async (received, parts) => {
        try {
          await note(received, parts)
        } catch (error) {
          refusal = error
          throw error
        }
      }
      await appendParts(objects, file, bytes, noted, (work) => passing(work, () => refusal))
    },
    finish: (file) => answering(() => finish(objects, file)),
    read: async function* (id, from, to) {
      for (let at = from; at < to; at += pieceBytes)
        yield await answering(() => objects.get(id, at, Math.min(pieceBytes, to - at)))
    },
    remove: (file) =>
      answering(async () => {
        const parts = partsOf(file)
        if (parts !== undefined) await objects.abort(file.id, parts.uploadId)
        await objects.remove(file.id)
      }),
  }
}
