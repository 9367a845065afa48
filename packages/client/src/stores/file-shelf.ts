/**
 * Where a device keeps the sealed copies of files until they are uploaded, in pieces. The bytes are encrypted
 * already, so a shelf stores them as they are. It is open while its store is.
 */
export interface FileShelf {
  /** Durable when it resolves. Pieces of one file are put in the order of their numbers, from 0 on. */
  put(fileId: string, index: number, bytes: Uint8Array): Promise<void>
  /** Undefined if the piece is not there. */
  get(fileId: string, index: number): Promise<Uint8Array | undefined>
  /** Deletes all pieces of a file. */
  remove(fileId: string): Promise<void>
  /** The ids of the files that have pieces. */
  list(): Promise<readonly string[]>
}

export const createMemoryShelf = (): FileShelf => {
  const files = new Map<string, Map<number, Uint8Array>>()
  return {
    put: async (fileId, index, bytes) => {
      const pieces = files.get(fileId) ?? new Map<number, Uint8Array>()
      files.set(fileId, pieces.set(index, bytes.slice()))
    },
    get: async (fileId, index) => files.get(fileId)?.get(index),
    remove: async (fileId) => void files.delete(fileId),
    list: async () => [...files.keys()],
  }
}
