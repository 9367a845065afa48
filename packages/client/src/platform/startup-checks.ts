import { unsupportedPlatform } from '../errors/unsupported-platform.ts'

/** Rejects with `unsupported_platform`, and says what is missing, where keys cannot be made. */
export const checkPlatform = async (subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle): Promise<void> => {
  if (subtle === undefined)
    throw unsupportedPlatform(
      'secure_context',
      'WebCrypto is for pages by https, or of this machine (http://localhost)',
    )
  for (const name of ['Ed25519', 'X25519'])
    await subtle
      .generateKey({ name }, false, name === 'Ed25519' ? ['sign', 'verify'] : ['deriveBits'])
      .catch((thrown) => {
        throw unsupportedPlatform(name, `its WebCrypto has no ${name}`, thrown)
      })
}

/** Node 20 has none; an application may give its own. */
export const checkWebSocket = (own: unknown = globalThis.WebSocket): void => {
  if (own !== undefined) return
  const why = 'there is no WebSocket (Node 20: globalThis.WebSocket = WebSocket of the package ws, or option webSocket)'
  throw unsupportedPlatform('WebSocket', why)
}
