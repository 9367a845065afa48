import type { WireEvent } from '@backscroll/protocol/server-frames'

/** How far this device has come in one conversation. */
export interface Tracked {
  /** Revision of the newest event that was passed on. */
  readonly last: number
  /** My membership ended with it: the next event that I see begins a new interval, at any revision. */
  readonly out: boolean
}

/**
 * Where an event comes from. `page`: a resume or a sync, which hold everything that I may see after their
 * checkpoint. `live`: a push, which may have lost a predecessor. `own`: made from an acknowledgement.
 */
export type Source = 'page' | 'live' | 'own'

export type Verdict =
  | { readonly kind: 'next'; readonly tracked: Tracked; readonly skipped: boolean }
  | { readonly kind: 'duplicate' }
  /** Something before it is missing. */
  | { readonly kind: 'early' }

const membersOf = (event: WireEvent): readonly unknown[] =>
  Array.isArray(event.data.members) ? event.data.members : []

const names = (entry: unknown, me: string): boolean =>
  typeof entry === 'object' && entry !== null && 'userId' in entry && entry.userId === me

/** The event that lets `me` into the conversation. */
const beginsFor = (event: WireEvent, me: string): boolean =>
  (event.type === 'MembersAdded' || event.type === 'ConversationStarted') &&
  membersOf(event).some((entry) => names(entry, me))

const endsFor = (event: WireEvent, me: string): boolean =>
  event.type === 'ConversationDeleted' ||
  ((event.type === 'MemberLeft' || event.type === 'MemberRemoved') && event.data.userId === me)

const advanced = (event: WireEvent, me: string, before: Tracked | undefined): Tracked => ({
  last: event.revision,
  out: endsFor(event, me) || (before?.out === true && !beginsFor(event, me)),
})

/** By the rule for live events: the next revision; in a conversation that I am not in, the event that lets me in. */
const follows = (tracked: Tracked | undefined, event: WireEvent, me: string): boolean =>
  tracked === undefined || tracked.out ? beginsFor(event, me) : event.revision === tracked.last + 1

/**
 * Judges one event of the user's own stream: the user may see all of it, and what comes before the first event was
 * told otherwise.
 */
export const judgeAccount = (tracked: Tracked | undefined, { revision }: WireEvent, source: Source): Verdict => {
  if (tracked !== undefined && revision <= tracked.last) return { kind: 'duplicate' }
  if (tracked !== undefined && revision !== tracked.last + 1 && source !== 'page') return { kind: 'early' }
  return { kind: 'next', tracked: { last: revision, out: false }, skipped: false }
}

/**
 * Judges one event of one conversation [C2] [C5]. Pages are complete by promise, so I may not see what they skip;
 * `skipped` says that it was unexpected all the same.
 */
export const judge = (tracked: Tracked | undefined, event: WireEvent, source: Source, me: string): Verdict => {
  if (tracked !== undefined && event.revision <= tracked.last) return { kind: 'duplicate' }
  const inOrder = follows(tracked, event, me) && (source !== 'own' || tracked !== undefined)
  if (!inOrder && source !== 'page') return { kind: 'early' }
  return { kind: 'next', tracked: advanced(event, me, tracked), skipped: !inOrder && tracked !== undefined }
}
