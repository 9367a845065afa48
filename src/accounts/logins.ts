/** A login name is typed by people: case and width of letters do not tell two apart. */
export const normaliseLogin = (login: string): string => login.normalize('NFKC').trim().toLowerCase()

const loginShape = /^[^\s\p{C}]{3,254}$/u
const passwordLength = { least: 8, most: 256 } as const

/** Why it cannot be a login name, for the person who typed it; undefined when it can. `login` is normalised. */
export const unfitLogin = (login: string): string | undefined =>
  loginShape.test(login) ? undefined : 'must be 3 to 254 characters without spaces'

/** The same for a password. Length only: rules about kinds of characters make passwords worse. */
export const unfitPassword = (password: string, login: string): string | undefined => {
  const length = [...password].length
  if (length < passwordLength.least || length > passwordLength.most) return 'must be 8 to 256 characters'
  return normaliseLogin(password) === login ? 'must not be the login name' : undefined
}
