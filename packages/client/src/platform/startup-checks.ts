import { BackscrollError } from '../errors/backscroll-error.ts'

const lacks = (missing: string, why: string, cause?: unknown) =>
  new BackscrollError('unsupported_platform', {
    message: `The SDK cannot run here: ${why}`,
    details: { missing },
    cause,
  })

/** Throws `invalid` for what is no address of a server. */
export const checkUrl = (url: string): void => {
  const protocol = URL.canParse(url) ? new URL(url).protocol : ''
  if (protocol === 'https:' || protocol === 'http:') return
  const message = `url must be the address of a server, such as https://chat.example.org, and is "${url}"`
  throw new BackscrollError('invalid', { message, details: { field: 'url' } })
}

/** Rejects with `unsupported_platform`, and says what is missing, where keys cannot be made. */
export const checkPlatform = async (subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle): Promise<void> => {
  if (subtle === undefined)
    throw lacks('secure_context', 'WebCrypto is for pages by https, or of this machine (http://localhost)')
  for (const name of ['Ed25519', 'X25519'])
    await subtle
      .generateKey({ name }, false, name === 'Ed25519' ? ['sign', 'verify'] : ['deriveBits'])
      .catch((thrown) => {
        throw lacks(name, `its WebCrypto has no ${name}`, thrown)
      })
}
