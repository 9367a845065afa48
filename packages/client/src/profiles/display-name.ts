/** Longer ones break lists; nobody is called by more. */
const mostCharacters = 64
/** Letters with more marks than any script needs run over the lines above and below. */
const tooManyMarks = /\p{M}{5,}/u
/** What is not seen, or turns the text around it; but for the joiners of emoji and of scripts that need them. */
const hidden = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]|(?![\u200c\u200d])\p{Cf}|[\u115f\u1160\u3164\uffa0\u2800]/u
/** Beside these a joiner only makes two names that look alike. */
const idleJoiner =
  /(?:^|[\s\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?:$|[\s\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}])/u
/** Alphabets whose letters pass for one another's: a word is written in one of them. */
const alphabets = [/\p{Script=Latin}/u, /\p{Script=Greek}/u, /\p{Script=Cyrillic}/u]

const isMixed = (word: string): boolean => alphabets.filter((alphabet) => alphabet.test(word)).length > 1

/** Two names that differ in spaces, or in how letters are written, are one. */
const normalised = (name: string): string => name.normalize('NFC').replace(/\s+/gu, ' ').trim()

const isFit = (name: string): boolean => {
  const { length } = [...name]
  if (length === 0 || length > mostCharacters || !/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(name)) return false
  return !hidden.test(name) && !idleJoiner.test(name) && !tooManyMarks.test(name) && !name.split(' ').some(isMixed)
}

/**
 * A name as it may be shown in a list of names; undefined for one that may not: too long, unseen or reordering
 * characters, heaps of marks, or a word that mixes Latin, Greek and Cyrillic letters. Two people may still have the
 * same name.
 */
export const displayName = (name: string): string | undefined => {
  // Before any work on it: four bytes a character, and what is normalised may become shorter.
  if (name.length > 4 * mostCharacters) return undefined
  const shown = normalised(name)
  return isFit(shown) ? shown : undefined
}
