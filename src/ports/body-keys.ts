/**
 * Some of the keys of a stream's bodies. A log that was restored has another life, in which the same revisions
 * occur again.
 */
export interface KeySlice {
  readonly life: string
  readonly stream: string
  readonly slice: number
}

/**
 * Holds the keys that seal the bodies of an event log. They lie outside the log, because the log keeps everything
 * for ever: a key that is destroyed here makes its bodies unreadable there.
 * `test/contract/body-keys/body-keys.suite.ts` attacks these guarantees. What a value holds means nothing here.
 */
export interface BodyKeys {
  /** What is left of each slice, in the order of the request; undefined for a slice that was never made. */
  load(slices: readonly KeySlice[]): Promise<readonly (Uint8Array | undefined)[]>
  /**
   * The same, but a slice that does not exist yet is made from `fresh`, and is durable when this resolves. The
   * first caller makes it for everybody.
   */
  obtain(slices: readonly KeySlice[], fresh: () => Uint8Array): Promise<readonly Uint8Array[]>
  /**
   * Replaces the slice, in each of its lives, by what `take` leaves of it. The old content is gone when this
   * resolves, also when others change the slice at the same time.
   */
  take(stream: string, slice: number, take: (left: Uint8Array) => Uint8Array): Promise<void>
}
