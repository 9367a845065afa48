/**
 * Chooses the process for work that one process at a time should do. A lease saves work; it does not protect data: a
 * former holder may go on for a moment, and its work must then be harmless.
 *
 * Guarantees, which `test/contract/leases/leases.suite.ts` attacks: at any moment at most one holder's lease is unexpired by
 * the store's clock, and a lease that is not renewed can be taken by another after its time.
 */
export interface Leases {
  /**
   * Takes or renews the lease; false when somebody else holds it. At most ten minutes: a lease that lasts longer
   * comes from a clock that was ahead, and is taken from its holder.
   */
  hold(name: string, holder: string, forMs: number): Promise<boolean>
  /** Gives the lease back, if `holder` holds it. */
  release(name: string, holder: string): Promise<void>
}
