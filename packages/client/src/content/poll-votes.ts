import type { Content } from './message-content.ts'
import type { Poll } from './poll.ts'

export interface GivenVote {
  readonly actor: { readonly userId: string }
  /** Undefined as long as the server has not accepted it. */
  readonly revision: number | undefined
  readonly content: Content | undefined
}

/** The options that a vote names. Undefined if it does not count. */
const chosenBy = (of: Poll, { content, revision }: GivenVote, closedAt: number): ReadonlySet<number> | undefined => {
  if (content?.type !== 'vote' || (revision ?? 0) > closedAt) return undefined
  const chosen = new Set(content.body.options)
  const isValid = [...chosen].every((option) => option < of.options.length)
  return isValid && (of.multiple === true || chosen.size <= 1) ? chosen : undefined
}

const isNewer = (one: GivenVote, other: GivenVote): boolean =>
  (one.revision ?? Number.POSITIVE_INFINITY) > (other.revision ?? Number.POSITIVE_INFINITY)

/** Who has voted for each option, in the order of the options. The newest vote of a user counts. */
export const votersOf = (
  of: Poll,
  votes: Iterable<GivenVote>,
  closedAt = Number.POSITIVE_INFINITY,
): readonly (readonly string[])[] => {
  const newest = new Map<string, GivenVote>()
  for (const one of votes) {
    const other = newest.get(one.actor.userId)
    if (other === undefined || isNewer(one, other)) newest.set(one.actor.userId, one)
  }
  const voters = of.options.map((): string[] => [])
  for (const [userId, one] of newest)
    for (const option of chosenBy(of, one, closedAt) ?? []) voters[option]?.push(userId)
  return voters
}
