import type { KeyPackageStock } from '../../devices/key-package-stock.ts'
import type { MlsEngine } from '../../mls/mls-engine.ts'
import type { Plaintexts } from '../../records/plaintexts.ts'
import type { Directory } from '../../rest/mls-directory.ts'
import type { StoreChange } from '../../stores/client-store.ts'
import type { Clock } from '../../time/clock.ts'
import type { ServerTime } from '../../time/server-time.ts'
import type { Device } from '../../trust/device-certificate.ts'
import type { TrustBook } from '../../trust/trust-book.ts'
import type { GroupBook } from './group-book.ts'

/** Shared by all work on groups. */
export interface GroupContext {
  readonly me: { readonly userId: string; readonly deviceId: string }
  /** This device; throws before it is enrolled. */
  readonly device: () => Device
  readonly engine: MlsEngine
  readonly directory: Directory
  readonly book: GroupBook
  readonly plaintexts: Plaintexts
  readonly stock: KeyPackageStock
  readonly trust: TrustBook
  readonly clock: Clock
  readonly time: ServerTime
  readonly random: () => number
  readonly newId: () => string
  readonly onError: (thrown: unknown) => void
  /** Must be stored with the next write. */
  readonly alongside: (changes: readonly StoreChange[]) => void
}

export const deviceName = ({ userId, deviceId }: { readonly userId: string; readonly deviceId: string }): string =>
  `${userId}/${deviceId}`
