/** A store has no space left: nothing of the write was stored, and it may be made again when there is room. */
export class StorageFullError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StorageFullError'
  }
}
