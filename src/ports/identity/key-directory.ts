/** Key packages, part of the accounts database: see `ports/accounts.ts` for what every call promises. */

export interface StoredKeyPackage {
  /** SHA-256 of the bytes, hex: the same package is never taken twice, also after it was handed out. */
  readonly hash: string
  /** An MLSMessage of wire format mls_key_package, base64. */
  readonly keyPackage: string
  /** Milliseconds since the Unix epoch. */
  readonly notAfter: number
  readonly lastResort: boolean
}

export interface KeyPackageCount {
  /** One-time packages that can still be handed out. */
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
  /** What it gets where there are both. */
  readonly kind: 'one_time' | 'last_resort'
  /** A device that needs no package: the claimant's own. */
  readonly except: string | undefined
  readonly now: number
}

export interface KeyDirectoryStore {
  /**
   * Adds those that were never seen; a last-resort package takes the place of the one before. `full`: the device would have more than
   * `limit` one-time packages, nothing was added.
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
   * One package for each active device: a one-time package that is handed out never again, else the last-resort one;
   * the other way round for `last_resort`. The same claimant and claim id get the same answer again. Undefined when the
   * user is unknown, erased or deactivated.
   */
  claim(request: ClaimRequest): Promise<Claim | undefined>
}
