import type { MemoryDocuments } from '../../../src/adapters/memory/document-store.ts'

/** Everything in the store, tombstones and revisions included, as text: `<collection> <key> <revision> <document>`. */
export const dumpDocuments = ({ collections }: MemoryDocuments): string[] =>
  [...collections]
    .flatMap(([name, documents]) =>
      [...documents].map(([key, { revision, text }]) => `${name} ${key} ${revision} ${text ?? 'deleted'}`),
    )
    .sort()

/** The same without the number of the generation. */
export const dumpViews = (documents: MemoryDocuments): string[] =>
  dumpDocuments(documents).map((line) => line.replace(/^(\w+)\.v\d+\.\d+ /, '$1 '))
