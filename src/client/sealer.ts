import type { WireEvent } from '../protocol/server-frames.ts'

/** What a message says about itself beside its content; an encrypting sealer binds it to the ciphertext. */
export interface SealContext {
  readonly messageId: string
  readonly contentType?: string
  readonly relatesTo?: { readonly messageId: string; readonly revision: number; readonly kind: string }
}

/**
 * The seam through which end-to-end encryption comes. `seal` runs each time a message is sent, so a retry may have
 * another ciphertext; `open` runs once per event, in the order of the conversation. `undefined`: cannot be read.
 */
export interface Sealer {
  seal(
    conversationId: string,
    plaintext: Uint8Array,
    context: SealContext,
  ): Promise<{ readonly ciphertext: Uint8Array }>
  open(conversationId: string, event: WireEvent): Promise<Uint8Array | undefined>
}
