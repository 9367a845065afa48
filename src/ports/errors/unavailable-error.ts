/**
 * A store does not answer, or not in time. Whether the write happened is unknown. Every call of these ports may be
 * repeated, and succeeds when the store is back. The message names the store, for logs; it never holds an address
 * or a credential.
 */
export class UnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UnavailableError'
  }
}
