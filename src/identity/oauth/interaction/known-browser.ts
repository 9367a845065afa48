import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * A browser that has signed in with a login name keeps a cookie that says so ("device cookie"): guesses by others
 * at the name do not lock it out. It proves nothing else. A browser of several people keeps several.
 */
const kept = 4
const days = 180

const sign = (key: string, text: string): string =>
  createHmac('sha256', key).update(`known\0${text}`).digest('base64url')

const same = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

/** Reveals nothing about the name to a reader of the cookie. */
const bound = (key: string, login: string, id: string, until: string): string =>
  sign(key, `${login.normalize('NFKC').trim().toLowerCase()}\0${id}\0${until}`)

const marksOf = (cookie: string): readonly string[] => cookie.split('~').slice(0, kept)

const knownName = (secure: boolean): string => `${secure ? '__Secure-' : ''}backscroll_known`

const cookieOf = (header: string | undefined, name: string): string =>
  (header ?? '')
    .split('; ')
    .find((one) => one.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? ''

export interface KnownBrowsers {
  /** The name of this browser, if it has signed in with the login name, however it is typed. */
  read(cookies: string | undefined, login: string): string | undefined
  /** The cookie to set after it has signed in. */
  write(cookies: string | undefined, login: string): string
}

export const createKnownBrowsers = (keys: readonly string[], publicUrl: string, now: () => number): KnownBrowsers => {
  const secure = publicUrl.startsWith('https:')
  const name = knownName(secure)
  const path = new URL(`${publicUrl}/oauth`).pathname
  const isOf = (mark: string, login: string): boolean => {
    const [id = '', until = '', mac = ''] = mark.split('.')
    return Number(until) > now() && keys.some((key) => same(mac, bound(key, login, id, until)))
  }
  const find = (cookies: string | undefined, login: string) =>
    marksOf(cookieOf(cookies, name)).find((mark) => isOf(mark, login))
  return {
    read: (cookies, login) => find(cookies, login)?.split('.')[0],
    write: (cookies, login) => {
      const until = String(now() + days * 86_400_000)
      const id = randomBytes(16).toString('base64url')
      const mark = `${id}.${until}.${bound(keys[0] ?? '', login, id, until)}`
      const others = marksOf(cookieOf(cookies, name)).filter(
        (one) => one !== '' && !isOf(one, login) && one.length < 128,
      )
      const value = [mark, ...others].slice(0, kept).join('~')
      return `${name}=${value}; Path=${path}; Max-Age=${days * 86_400}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
    },
  }
}
