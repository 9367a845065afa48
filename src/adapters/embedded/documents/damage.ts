import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { FieldValue } from '../../../ports/document-store.ts'
import { sumOf } from './document-checksums.ts'

/** A document is not what was written. */
export class DamagedDocument extends Error {
  constructor(key: string) {
    super(`the document ${key} is not what was written`)
    this.name = 'DamagedDocument'
  }
}

/**
 * SQLite finds most damage only when it comes to the page. A mark beside the file tells the next process that opens
 * it.
 */
export const markOf = (directory: string): string => join(directory, 'views.db-damaged')

export const isDamage = (error: unknown): boolean =>
  error instanceof DamagedDocument ||
  (error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code))

export const isMarked = (directory: string): boolean => existsSync(markOf(directory))

/** Passes on what `work` answers or throws; damage is marked, so that the next open begins the file anew. */
export const markingDamage = <Result>(directory: string, work: () => Result): Result => {
  try {
    return work()
  } catch (error) {
    if (isDamage(error)) writeFileSync(markOf(directory), '')
    throw error
  }
}

/** A row of key, revision, document and checksum, if the checksum is right. */
export const checked = (row: readonly FieldValue[]): readonly FieldValue[] => {
  const [key, revision, document, sum] = row
  const text = typeof document === 'string' ? document : null
  if (sum !== sumOf(String(key), Number(revision), text)) throw new DamagedDocument(String(key))
  return row
}
