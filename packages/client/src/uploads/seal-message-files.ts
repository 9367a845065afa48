import { longestThumbnail } from '../content/attachment.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import { type FileSource, sourceOf } from '../media/file-source.ts'
import type { FileFacts, OutgoingFile } from '../media/file-types.ts'
import { sealToShelf } from '../media/kept-file.ts'
import { sealedSize } from '../media/sealed-size.ts'
import type { FileShelf } from '../stores/file-shelf.ts'
import type { UploadedFile } from './upload-record.ts'

/** As many as the server takes. */
const mostFiles = 32
/** Characters of the previews of all files of a message, so that a message has room for its text. */
const previewRoom = 24_576

/** Finds out what a file shows, within so many characters for its thumbnail. */
export type DescribeFile = (data: Blob, room: number) => Promise<FileFacts>

const isBlob = (given: OutgoingFile): given is Blob => given instanceof Blob

const partsOf = (given: OutgoingFile) => {
  if (isBlob(given)) return { data: given, facts: {}, preview: true }
  const { data, preview = true, ...facts } = given
  return { data, facts, preview }
}

export interface PreparedFile {
  readonly source: FileSource
  readonly file: UploadedFile
}

/** Stand for what sealing will give: they have its length. */
const keyLater = 'A'.repeat(43).concat('=')
const hashLater = '0'.repeat(64)

/** Throws `invalid` for what cannot be sent. Nothing is read for it but the previews of files that show something. */
export const prepareFiles = async (
  given: readonly OutgoingFile[],
  newId: () => string,
  describe: DescribeFile,
): Promise<readonly PreparedFile[]> => {
  if (given.length === 0 || given.length > mostFiles)
    throw new BackscrollError('invalid', { details: { field: 'files', reason: `must be 1 to ${mostFiles}` } })
  const room = Math.min(longestThumbnail, Math.floor(previewRoom / given.length))
  return Promise.all(
    given.map(async (one) => {
      const { data, facts, preview } = partsOf(one)
      const source = sourceOf(data, facts)
      const { size, contentType = 'application/octet-stream', name } = source
      const seen = preview && data instanceof Blob ? await describe(data, room) : {}
      const named = name === undefined ? {} : { name }
      const described = { ...seen, ...facts, ...named, key: keyLater, hash: hashLater, size, contentType }
      return { source, file: { fileId: newId(), sealedBytes: sealedSize(size), described } }
    }),
  )
}

/** Seals the files of a message one after the other. After a rejection nothing of them is left on the shelf. */
export const sealFiles = async (
  shelf: FileShelf,
  prepared: readonly PreparedFile[],
  isWanted: () => boolean,
): Promise<UploadedFile[]> => {
  const sealed: UploadedFile[] = []
  try {
    for (const { source, file } of prepared) {
      const { key, hash } = await sealToShelf(shelf, file.fileId, source, isWanted)
      sealed.push({ ...file, described: { ...file.described, key, hash } })
    }
    return sealed
  } catch (thrown) {
    // What cannot be removed now is removed at the next start.
    for (const { file } of prepared) await shelf.remove(file.fileId).catch(() => {})
    throw thrown
  }
}
