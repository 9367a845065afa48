import type { MembershipDocument, VisibilityInterval } from '../documents.ts'

/** Both ends inclusive; `to` is Infinity where there is no end yet. */
export interface Range {
  readonly from: number
  readonly to: number
}

const nonEmpty = (range: Range): boolean => range.from <= range.to

const clip = (range: Range, bounds: Range): Range => ({
  from: Math.max(range.from, bounds.from),
  to: Math.min(range.to, bounds.to),
})

const everything: Range = { from: 0, to: Number.POSITIVE_INFINITY }

/** Except an interval that the user has not agreed to. */
export const served = ({ intervals }: MembershipDocument): readonly VisibilityInterval[] =>
  intervals.filter(({ heldUntil }) => heldUntil !== null)

/** Revisions that the member may see, oldest first. */
export const visibleRevisions = (membership: MembershipDocument, bounds: Range = everything): readonly Range[] =>
  served(membership)
    .map((interval) => ({ from: interval.fromRevision, to: interval.toRevision ?? Number.POSITIVE_INFINITY }))
    .map((range) => clip(range, bounds))
    .filter(nonEmpty)

/** Message numbers that the member may see, oldest first. */
export const visibleSeqs = (membership: MembershipDocument, bounds: Range = everything): readonly Range[] =>
  served(membership)
    .map((interval) => ({ from: interval.fromSeq, to: interval.toSeq ?? Number.POSITIVE_INFINITY }))
    .map((range) => clip(range, bounds))
    .filter(nonEmpty)

const within = (value: number, ranges: readonly Range[]): boolean =>
  ranges.some((range) => value >= range.from && value <= range.to)

export const mayRead = (membership: MembershipDocument, revision: number): boolean =>
  within(revision, visibleRevisions(membership))

export const mayReadMessage = (membership: MembershipDocument, seq: number): boolean =>
  within(seq, visibleSeqs(membership))

/** The interval that the member is in, or was in last. */
export const newestInterval = (membership: MembershipDocument): VisibilityInterval | undefined =>
  membership.intervals.at(-1)
