import { isIP } from 'node:net'
import { z } from 'zod'

/** The forms of settings: how each is read from its text, and the message when it does not match. */

/** Numbers come as text; anything but plain decimal digits is refused. */
export const integer = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${minimum} to ${maximum}`)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, `must be a whole number from ${minimum} to ${maximum}`)

export const choice = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, `must be one of ${values.join(', ')}`)

export const text = z.string().min(1, 'must not be empty').max(1024)

const isHttpUrl = (value: string) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
export const httpUrl = z.string().refine(isHttpUrl, 'must be an http or https URL')

const isOrigin = (value: string) => isHttpUrl(value) && new URL(value).origin === value
const endsInSlash = (value: string) => value.endsWith('/') && isOrigin(value.slice(0, -1))
export const origins = z
  .string()
  .transform((value) => value.split(',').filter((part) => part !== ''))
  .refine((list) => !list.some(endsInSlash), {
    message: 'must be origins without a slash at the end, such as https://chat.example.org',
    abort: true,
  })
  .refine((list) => list.every(isOrigin), 'must be origins such as https://chat.example.org, separated by commas')

const isPublicUrl = (value: string) => {
  if (!isHttpUrl(value)) return false
  const { origin, pathname, href } = new URL(value)
  return href === `${origin}${pathname}` && !value.endsWith('/') && (value === origin || value === href)
}
export const publicUrl = z
  .string()
  .refine(isPublicUrl, 'must be an http or https URL without a slash at its end, such as https://chat.example.org')

export const domain = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, 'must be a domain such as example.org')

const hostPattern = /^(\*|(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+)$/
const isHttpsOrigin = (value: string) => isOrigin(value) && value.startsWith('https:')
export const hosts = z
  .string()
  .transform((value) => value.split(',').filter((part) => part !== ''))
  .refine(
    (list) => list.every((part) => hostPattern.test(part) || isHttpsOrigin(part)),
    'must be hosts such as push.example.org or *.example.org, or https origins, separated by commas',
  )

const isContact = (value: string) => /^mailto:[^@\s]+@[^@\s]+$/.test(value) || isHttpsUrl(value)
const isHttpsUrl = (value: string) => isHttpUrl(value) && value.startsWith('https:')
export const contact = z
  .string()
  .max(256)
  .refine(isContact, 'must be such as mailto:admin@example.org or https://example.org')

const isAddress = (value: string) => {
  const [address = '', bits = '0', ...rest] = value.split('/')
  const widest = isIP(address) === 4 ? 32 : 128
  return isIP(address) !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= widest
}
export const addresses = z
  .string()
  .transform((value) => value.split(',').filter((part) => part !== ''))
  .refine((list) => list.every(isAddress), 'must be addresses such as 10.0.0.1 or 10.0.0.0/8, separated by commas')

const hasScheme = (schemes: readonly string[]) => (value: string) =>
  URL.canParse(value) && schemes.includes(new URL(value).protocol)

/** Several hosts in a URL are left to the engine's client. */
export const connection = (...schemes: readonly string[]) =>
  text.refine(
    (value) => hasScheme(schemes)(value) || schemes.some((scheme) => value.startsWith(`${scheme}//`)),
    `must begin with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
  )

/** Separated by white space: commas occur inside a URL that names the nodes of a cluster. */
export const connections = (most: number, ...schemes: readonly string[]) =>
  z
    .string()
    .transform((value) => value.split(/\s+/).filter((part) => part !== ''))
    .pipe(
      z
        .array(connection(...schemes))
        .min(1, 'must not be empty')
        .max(most, `must be ${most} at most`)
        .refine((list) => new Set(list).size === list.length, 'must not name one log twice'),
    )

export const brokers = z
  .string()
  .transform((value) => value.split(',').filter((part) => part !== ''))
  .refine(
    (list) => list.length > 0 && list.every((part) => /^[^\s:/]+:\d{1,5}$/.test(part)),
    'must be addresses such as kafka-1:9092, separated by commas',
  )
