import type { StreamKind } from '../domain/stream-names.ts'
import type { Document } from '../ports/document-store.ts'
import type { RecordedEvent } from '../ports/event-log.ts'

/**
 * A projection is a value: pure functions from event to document. A document belongs to one stream and is folded
 * from that stream and itself alone; data that spans streams is joined on reading. Folds never depend on an event's
 * body, except to copy it.
 */
export interface Projection {
  /** The view's name, for example `timeline`. */
  readonly name: string
  /** Raised when the documents' shape or meaning changes: the view is then rebuilt. */
  readonly version: number
  readonly fields: Readonly<Record<string, 'text' | 'integer'>>
  readonly indexes: readonly (readonly string[])[]
  /** The streams that it folds. */
  readonly streams: StreamKind
  /** The documents that this event touches, and how. Throws only for an event that must park its stream. */
  project(event: DecodedEvent): readonly Change[]
  /**
   * Called besides `project`, for every event, even behind one that parked its stream, and for one that no code
   * understands: works with its columns, or what it reads from the data by itself. Must not throw, neither here
   * nor in folding.
   */
  projectAlways?(event: RecordedEvent): readonly Change[]
}

/** A recorded event, upcast to the newest version, with its data parsed. */
export interface DecodedEvent extends Omit<RecordedEvent, 'data'> {
  /** The id in the stream's name. */
  readonly streamId: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface Change {
  readonly key: string
  /**
   * The fold does not look at the document before (it makes a new one, or replaces it whole), so the document
   * need not be loaded.
   */
  readonly blind?: true
  /**
   * `key` is a prefix: the fold runs over every present document whose key begins with it. Limited by the members
   * of a conversation, and by the marks of a user.
   */
  readonly everyKey?: true
  /** The new document; null deletes it and leaves a tombstone; the same object changes nothing. */
  fold(before: Document | null | undefined): Document | null | undefined
}
