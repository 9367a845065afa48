import type { Timeline, TimelineEntry } from '../../../packages/client/src/index.ts'

/** What a person reads in a timeline: one line a message. */
export const lineOf = ({ text, content, state, isDeleted, isEdited, reactions }: TimelineEntry): string => {
  const said = isDeleted ? '(deleted)' : (text ?? content?.type ?? '(nothing)')
  const hearts = reactions.map(({ emoji, userId }) => `${emoji} by ${userId}`)
  return [said, ...(isEdited ? ['edited'] : []), ...hearts, state].join(', ')
}

export const linesOf = (timeline: Timeline): readonly string[] => timeline.snapshot().entries.map(lineOf)

/** Everything that was shown at any moment: ids that were in a list twice, and lists that were replaced by the same. */
export const watchClosely = (timeline: Timeline) => {
  const doubled: string[] = []
  const states = new Map<string, string[]>()
  const look = () => {
    const { entries } = timeline.snapshot()
    const ids = entries.map(({ messageId }) => messageId)
    for (const id of new Set(ids)) if (ids.indexOf(id) !== ids.lastIndexOf(id)) doubled.push(id)
    for (const { messageId, state } of entries) {
      const before = states.get(messageId) ?? []
      if (before.at(-1) !== state) states.set(messageId, [...before, state])
    }
  }
  const end = timeline.subscribe(look)
  return { doubled, states, end }
}
