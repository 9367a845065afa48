import { deviceId, userId } from '@backscroll/protocol/ids'
import { InvalidArgumentError } from 'commander'
import { settings } from '../../config/config-settings.ts'

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** In seconds. */
export const duration = (text: string): number => {
  const [, count, unit = ''] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? []
  const seconds = Number(count) * (unitSeconds[unit] ?? Number.NaN)
  if (seconds <= 3650 * 86_400) return seconds
  throw new InvalidArgumentError('Give a number and a unit, such as 15m, 12h or 30d (at most 3650d).')
}

const id = (schema: typeof userId | typeof deviceId) => (text: string) => {
  const parsed = schema.safeParse(text)
  if (parsed.success) return parsed.data
  throw new InvalidArgumentError(`It ${parsed.error.issues[0]?.message ?? 'is not valid'}.`)
}

export const userIdValue = id(userId)
export const deviceIdValue = id(deviceId)

/** Returns the text, because it replaces the setting BACKSCROLL_ROLES. */
export const roleNamesValue = (text: string): string => {
  const { error } = settings.shape.BACKSCROLL_ROLES.safeParse(text)
  if (error === undefined) return text
  throw new InvalidArgumentError(`It ${error.issues[0]?.message ?? 'is not valid'}.`)
}

/** Returns the URL without a slash at its end. */
export const serverUrl = (text: string): string => {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '')
  throw new InvalidArgumentError('Give an http or https URL, such as http://127.0.0.1:8080.')
}
