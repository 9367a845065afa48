/** A store has no space left. Nothing of the write was stored; it may be repeated when there is room. */
export class StorageFullError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StorageFullError'
  }
}
