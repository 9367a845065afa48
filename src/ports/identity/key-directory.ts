/** Key packages, part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. */

export interface StoredKeyPackage {
  /** SHA-256 of the bytes, hex. The same package is never added twice, even after it was handed out. */
  readonly hash: string
  /** An MLSMessage of wire format mls_key_package, base64. */
  readonly keyPackage: string
  /** Milliseconds since the Unix epoch. */
  readonly notAfter: number
  readonly lastResort: boolean
}

export interface KeyPackageCount {
  /** One-time packages that are still available. */
  readonly oneTime: number
  readonly lastResort: boolean
}

export interface ClaimedKeyPackage {
  readonly deviceId: string
  readonly keyPackage: string
  readonly lastResort: boolean
}

export interface Claim {
  readonly packages: readonly ClaimedKeyPackage[]
  /** Active devices with a key that had no package left. */
  readonly without: readonly string[]
}

export interface ClaimRequest {
  readonly claimantId: string
  readonly claimId: string
  readonly userId: string
  /** Which kind the claimant gets if there are both. */
  readonly kind: 'one_time' | 'last_resort'
  /** A device that needs no package: the claimant's own. */
  readonly except: string | undefined
  readonly now: number
}

export interface KeyDirectoryStore {
  /**
   * Adds packages that were never seen before. A last-resort package replaces the one before. `full`: the device
   * would have more than `limit` one-time packages, and nothing was added.
   */
  addKeyPackages(
    userId: string,
    deviceId: string,
    packages: readonly StoredKeyPackage[],
    limit: number,
    now: number,
  ): Promise<KeyPackageCount | 'full' | 'no_device'>
  countKeyPackages(userId: string, deviceId: string, now: number): Promise<KeyPackageCount>
  /** The answer that this claim got before. */
  claimed(claimantId: string, claimId: string): Promise<(Claim & { readonly userId: string }) | undefined>
  /**
   * One package for each active device: a one-time package, which is never handed out again, or else the
   * last-resort package; the other way round for `last_resort`. The same claimant and claim id get the same
   * answer again. Undefined when the user is unknown, erased or deactivated.
   */
  claim(request: ClaimRequest): Promise<Claim | undefined>
}
