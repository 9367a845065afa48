import type { ReceiptsState } from './receipts-state.ts'

/** Raised with every change of the state's shape or meaning; snapshots of another version are ignored. */
export const receiptsStateVersion = 2

interface Stored {
  readonly revision: number
  readonly watermarks: readonly (readonly [key: string, delivered: number, read: number])[]
  readonly welcomes: readonly (readonly [key: string, revision: number])[]
}

/** JSON text. */
export const receiptsToSnapshot = (state: ReceiptsState): string => {
  const watermarks = [...state.watermarks].map(([key, { delivered, read }]) => [key, delivered, read] as const)
  const stored: Stored = { revision: state.revision, watermarks, welcomes: [...state.welcomes] }
  return JSON.stringify(stored)
}

/** `text` must come from `receiptsToSnapshot` of this version; throws a SyntaxError or TypeError otherwise. */
export const receiptsFromSnapshot = (text: string): ReceiptsState => {
  const { revision, watermarks, welcomes } = JSON.parse(text) as Stored
  return {
    revision,
    watermarks: new Map(watermarks.map(([key, delivered, read]) => [key, { delivered, read }])),
    welcomes: new Map(welcomes),
  }
}
