/** People type login names: case and width of letters do not tell two apart. */
export const normaliseLogin = (login: string): string =>
  // Once more, because the lower case of a letter may again have two forms.
  login.normalize('NFKC').trim().toLowerCase().normalize('NFKC')

const loginShape = /^[^\s\p{C}]{3,254}$/u
/** Alphabets with letters that look alike: a login name uses only one of them. */
const alphabets = [/\p{Script=Latin}/u, /\p{Script=Greek}/u, /\p{Script=Cyrillic}/u]
const isMixed = (login: string): boolean => alphabets.filter((alphabet) => alphabet.test(login)).length > 1

const passwordLength = { least: 8, most: 256 } as const

/** Why it cannot be a login name, for the person who typed it; undefined when it can. `login` is normalised. */
export const unfitLogin = (login: string): string | undefined => {
  if (!loginShape.test(login)) return 'must be 3 to 254 characters without spaces'
  return isMixed(login) ? 'must not mix Latin, Greek and Cyrillic letters' : undefined
}

/** The same for a password. Length only: rules about kinds of characters make passwords worse. */
export const unfitPassword = (password: string, login: string): string | undefined => {
  const length = [...password].length
  if (length < passwordLength.least || length > passwordLength.most) return 'must be 8 to 256 characters'
  return normaliseLogin(password) === login ? 'must not be the login name' : undefined
}
