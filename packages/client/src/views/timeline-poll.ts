import type { Content } from '../content/message-content.ts'
import { votersOf } from '../content/poll-votes.ts'

export interface TimelineVoter {
  readonly userId: string
  /** The user's display name, or undefined if this device does not know it. */
  readonly userName: string | undefined
}

/** A poll with its votes, as this device has counted them. */
export interface TimelinePoll {
  readonly question: string
  readonly isMultiple: boolean
  readonly isClosed: boolean
  readonly options: readonly {
    readonly text: string
    readonly voters: readonly TimelineVoter[]
    /** This user has voted for it. */
    readonly isChosen: boolean
  }[]
}

/** A reaction that may be a vote. */
interface ShownVote extends TimelineVoter {
  readonly content: Content | undefined
  readonly ref: { readonly revision: number } | undefined
}

export const isVote = ({ content }: Pick<ShownVote, 'content'>): boolean => content?.type === 'vote'

/** Undefined if the content is no poll. */
export const timelinePoll = (
  content: Content | undefined,
  closedAt: number | undefined,
  reactions: readonly ShownVote[],
  me: string,
): TimelinePoll | undefined => {
  if (content?.type !== 'poll') return undefined
  const { question, options, multiple = false } = content.body
  const votes = reactions.map(({ userId, ref, content }) => ({ actor: { userId }, revision: ref?.revision, content }))
  const names = new Map(reactions.map(({ userId, userName }) => [userId, userName]))
  const voters = votersOf(content.body, votes, closedAt)
  return {
    ...{ question, isMultiple: multiple, isClosed: closedAt !== undefined },
    options: options.map((text, index) => {
      const by = voters[index] ?? []
      return { text, voters: by.map((userId) => ({ userId, userName: names.get(userId) })), isChosen: by.includes(me) }
    }),
  }
}
