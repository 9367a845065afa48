import type { Change } from '../projection.ts'

/** Folds an existing document of type `Shape`; a missing or deleted one stays as it is. */
export const update = <Shape extends object>(key: string, fold: (before: Shape) => Shape | null): Change => ({
  key,
  fold: (before) => (before === undefined || before === null ? before : asDocument(fold(before as Shape))),
})

/** Writes a document that does not depend on the one before. */
export const put = (key: string, document: object): Change => ({ key, blind: true, fold: () => asDocument(document) })

/** Folds every present document whose key begins with `prefix`. */
export const updateAll = <Shape extends object>(prefix: string, fold: (before: Shape) => Shape | null): Change => ({
  ...update(prefix, fold),
  everyKey: true,
})

const asDocument = <Shape extends object | null>(shape: Shape) => shape as Shape & Readonly<Record<string, unknown>>
