import { z } from 'zod'

/** [E6] What a client must seal before it sends it; the first six bytes say so, in base64. */
export const sealedPrefix = 'sealed1/'

/** Characters of a key id, a nonce, 64 bytes of text and a tag: none is shorter. */
const shortest = ((16 + 12 + 64 + 16) / 3) * 4

/** Base64 of at most `max` characters. The server can see only its form. */
export const sealedText = (max: number) =>
  z
    .string()
    .max(max)
    .regex(new RegExp(`^${sealedPrefix}[A-Za-z0-9+/]{${shortest - 2},}={0,2}$`), 'must be sealed [E6]')
    .describe('Sealed by the client, base64 [E6].')
