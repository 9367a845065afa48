import type { Views } from '../reading/view-reader.ts'

/** The hashes among these that some conversation names. */
export const createNamedBlobs =
  (views: Views) =>
  async (hashes: readonly string[]): Promise<ReadonlySet<string>> => {
    const found = await views.find('blobs', { where: { hash: { in: hashes } } })
    return new Set(found.map(({ hash }) => hash))
  }
