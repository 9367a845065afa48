import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

const tokenOf = (key: string, uid: string): Buffer => createHmac('sha256', key).update(`csrf\0${uid}`).digest()

/** What a form of this interaction has to send back. */
export const csrfToken = (keys: readonly string[], uid: string): string =>
  tokenOf(keys[0] ?? '', uid).toString('base64url')

export const isCsrfToken = (keys: readonly string[], uid: string, given: string): boolean => {
  const bytes = Buffer.from(given, 'base64url')
  return keys.some((key) => bytes.length === 32 && timingSafeEqual(bytes, tokenOf(key, uid)))
}

/**
 * False when the browser says that another site's page sent the form. Programs that say nothing have no cookies
 * that could be abused.
 */
export const isOwnForm = (headers: IncomingHttpHeaders, publicUrl: string): boolean => {
  const { origin, 'sec-fetch-site': site } = headers
  if (origin !== undefined && origin !== new URL(publicUrl).origin) return false
  return site === undefined || site === 'same-origin'
}
