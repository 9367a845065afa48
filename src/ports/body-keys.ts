/** Some of the keys of a stream's bodies. A log that was restored has another life, in which the same revisions come again. */
export interface KeySlice {
  readonly life: string
  readonly stream: string
  readonly slice: number
}

/**
 * Where the keys are that the bodies of an event log are sealed under: outside the log, which keeps everything for
 * ever. What is taken away here is unreadable there. `test/contract/body-keys/body-keys.suite.ts` attacks what is guaranteed.
 * What a value holds means nothing here.
 */
export interface BodyKeys {
  /** What is left of each slice, in the order of the question; undefined for one that was never made. */
  load(slices: readonly KeySlice[]): Promise<readonly (Uint8Array | undefined)[]>
  /**
   * The same; what was never made is made now, of `fresh`, and is durable when this resolves. Whoever comes first makes
   * it, for everybody.
   */
  obtain(slices: readonly KeySlice[], fresh: () => Uint8Array): Promise<readonly Uint8Array[]>
  /**
   * Puts what `take` leaves in the place of the slice, in each of its lives: what was there before is gone when this
   * resolves, whoever changes it at the same time.
   */
  take(stream: string, slice: number, take: (left: Uint8Array) => Uint8Array): Promise<void>
}
