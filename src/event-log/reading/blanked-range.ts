import type { BlankedRange, RecordedEvent } from '../../ports/event-log.ts'

const isBetween = ({ from, upTo }: BlankedRange, revision: number | undefined): boolean =>
  revision !== undefined && revision >= from && revision <= upTo

/** Whether this order blanks the body of an earlier event of the same stream. */
export const isInRange = (
  range: BlankedRange,
  { type, revision, target }: Pick<RecordedEvent, 'type' | 'revision' | 'target'>,
): boolean => range.types.includes(type) && (isBetween(range, revision) || isBetween(range, target))
