import { z } from 'zod'

/**
 * The last character of base64 can hold bits without meaning. If they were allowed, one key would have several
 * spellings, which compare as different keys: only the spelling with zeros is accepted.
 */
const canonical = /^(?:[^=]{4})*(?:[^=][AQgw]==|[^=]{2}[AEIMQUYcgkosw048]=)?$/

export const base64 = z.base64().refine((text) => canonical.test(text), 'must be canonical base64')

const padding = (text: string): number => text.length - text.replace(/=+$/, '').length

/** Base64 of exactly this many bytes. */
export const base64Of = (bytes: number) =>
  base64
    .length(Math.ceil(bytes / 3) * 4)
    .refine((text) => padding(text) === (3 - (bytes % 3)) % 3, `must be ${bytes} bytes`)
