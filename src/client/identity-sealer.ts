import { fromBase64 } from './base64.ts'
import type { Sealer } from './sealer.ts'

/** No encryption: the application hands over bytes that it has sealed itself. */
export const identitySealer: Sealer = {
  seal: async (_conversationId, plaintext) => ({ ciphertext: plaintext }),
  open: async (_conversationId, event) => {
    const { ciphertext } = event.data
    return typeof ciphertext === 'string' ? fromBase64(ciphertext) : undefined
  },
}
