import type { BlankedRange, RecordedEvent } from '../../ports/event-log.ts'

const isBetween = ({ from, upTo }: BlankedRange, revision: number | undefined): boolean =>
  revision !== undefined && revision >= from && revision <= upTo

/** Whether an earlier event of the same stream loses its body to this order. */
export const isInRange = (
  range: BlankedRange,
  { type, revision, target }: Pick<RecordedEvent, 'type' | 'revision' | 'target'>,
): boolean => range.types.includes(type) && (isBetween(range, revision) || isBetween(range, target))
