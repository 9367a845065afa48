import type { Clock } from '../clock.ts'
import type { Device } from '../e2ee/device.ts'
import type { MlsEngine } from '../e2ee/mls-engine.ts'
import type { ServerTime } from '../server-time.ts'
import type { StoreChange } from '../store.ts'
import type { Directory } from './directory.ts'
import type { GroupBook } from './group-book.ts'
import type { KeyStock } from './key-stock.ts'
import type { Plaintexts } from './plaintexts.ts'
import type { TrustBook } from './trust-book.ts'

/** What all work on groups shares. */
export interface GroupContext {
  readonly me: { readonly userId: string; readonly deviceId: string }
  /** This device; throws before it is enrolled. */
  readonly device: () => Device
  readonly engine: MlsEngine
  readonly directory: Directory
  readonly book: GroupBook
  readonly plaintexts: Plaintexts
  readonly stock: KeyStock
  readonly trust: TrustBook
  readonly clock: Clock
  readonly time: ServerTime
  readonly random: () => number
  readonly newId: () => string
  readonly onError: (thrown: unknown) => void
  /** To be stored with what is stored next. */
  readonly alongside: (changes: readonly StoreChange[]) => void
}

export const deviceName = ({ userId, deviceId }: { readonly userId: string; readonly deviceId: string }): string =>
  `${userId}/${deviceId}`
