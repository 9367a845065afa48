import { z } from 'zod'

const mention = z.object({
  userId: z.string().min(1).max(256),
  /** The place of the name in the text, in UTF-16 code units, as JavaScript counts them. */
  start: z.int().min(0),
  length: z.int().min(1),
})

/** A person who is named in a text. */
export type Mention = z.output<typeof mention>

export const mentions = z.array(mention).max(64)

export const mostForwards = 1_000_000
/** How often the content was forwarded before it came here, as its sender says. */
const forwarded = z.int().min(1).max(mostForwards)

/** What a text can carry beside its letters. A mark of a wrong form is dropped and does not hide the text. */
export const textMarks = {
  mentions: mentions.optional().catch(undefined),
  forwarded: forwarded.optional().catch(undefined),
}
export const forwardedMark = { forwarded: textMarks.forwarded }

/**
 * The mentions that may be shown: of members, inside the text, none over another. Anything else a sender could make
 * up.
 */
export const validMentions = (
  text: string,
  given: readonly Mention[] | undefined,
  isMember: (userId: string) => boolean,
): readonly Mention[] => {
  let end = 0
  return [...(given ?? [])]
    .sort((one, other) => one.start - other.start)
    .filter(({ userId, start, length }) => {
      if (start < end || start + length > text.length || !isMember(userId)) return false
      end = start + length
      return true
    })
}
