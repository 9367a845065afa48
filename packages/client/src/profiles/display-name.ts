/** Longer names break lists, and nobody needs one. */
const mostCharacters = 64
/** Letters with more combining marks than any script needs cover the lines above and below. */
const tooManyMarks = /\p{M}{5,}/u
/**
 * Invisible characters, and those that reverse the text around them. Joiners are allowed, because emoji and some
 * scripts need them.
 */
const hidden = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]|(?![\u200c\u200d])\p{Cf}|[\u115f\u1160\u3164\uffa0\u2800]/u
/** Next to these letters a joiner is invisible and only makes two names look alike. */
const idleJoiner =
  /(?:^|[\s\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?:$|[\s\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}])/u
/** Alphabets with letters that look alike. A word must use only one of them. */
const alphabets = [/\p{Script=Latin}/u, /\p{Script=Greek}/u, /\p{Script=Cyrillic}/u]

const isMixed = (word: string): boolean => alphabets.filter((alphabet) => alphabet.test(word)).length > 1

/** Names that differ only in spaces, or in how their letters are encoded, become equal. */
const normalised = (name: string): string => name.normalize('NFC').replace(/\s+/gu, ' ').trim()

const isFit = (name: string): boolean => {
  const { length } = [...name]
  if (length === 0 || length > mostCharacters || !/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(name)) return false
  return !hidden.test(name) && !idleJoiner.test(name) && !tooManyMarks.test(name) && !name.split(' ').some(isMixed)
}

/**
 * Normalises a name for display. Returns undefined for a name that must not be shown: too long, with invisible or
 * reordering characters, with stacked combining marks, or with a word that mixes Latin, Greek and Cyrillic letters.
 * Names are not unique.
 */
export const displayName = (name: string): string | undefined => {
  // Checked first, to limit the work: up to four bytes for each character, because normalisation may shorten the
  // text.
  if (name.length > 4 * mostCharacters) return undefined
  const shown = normalised(name)
  return isFit(shown) ? shown : undefined
}
