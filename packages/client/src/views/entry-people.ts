import type { TimelineEntry } from './timeline-entry.ts'
import type { TimelinePoll } from './timeline-poll.ts'

/** Whether the entry displays this user's name. */
export const isAbout = ({ sender, readBy, reactions, mentions, poll }: TimelineEntry, userId: string): boolean =>
  sender === userId ||
  readBy.includes(userId) ||
  [...reactions, ...mentions, ...votersIn(poll)].some((one) => one.userId === userId)

const votersIn = (poll: TimelinePoll | undefined) => poll?.options.flatMap(({ voters }) => voters) ?? []

/** All display names in the entry, and who is mentioned in it, as one comparable string. */
export const namesIn = ({ senderName, readByNames, reactions, mentions, poll }: TimelineEntry): string => {
  const people = [...reactions, ...votersIn(poll)].map(({ userName }) => userName)
  return JSON.stringify([senderName, readByNames, people, mentions])
}
