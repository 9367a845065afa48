/**
 * A store does not answer, or not in time. Whether a write took place is not known; every call of these ports may be
 * made again, and succeeds when the store is back. The message says which store, for logs; never an address or a
 * credential.
 */
export class UnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UnavailableError'
  }
}
