import {
  type KurrentLog,
  type KurrentLogOptions,
  openKurrentLog,
} from '../../../src/adapters/kurrentdb/open-kurrent-log.ts'
import { type DoubleOptions, type KurrentDouble, startKurrentDouble } from '../kurrentdb-double/double.ts'

/** Doubles of KurrentDB and logs on them, for one test. */
export interface KurrentWorld {
  double(options?: DoubleOptions): Promise<KurrentDouble>
  /** A log whose patience is short, unless `options` say otherwise. */
  open(connectionString: string, options?: Partial<KurrentLogOptions>): Promise<KurrentLog>
  /** Undone at the end, last first. */
  later(cleanup: () => Promise<void> | void): void
  dispose(): Promise<void>
}

export const createKurrentWorld = (): KurrentWorld => {
  let cleanups: (() => Promise<void> | void)[] = []
  const later = (cleanup: () => Promise<void> | void) => void cleanups.push(cleanup)
  return {
    later,
    async double(options) {
      const double = await startKurrentDouble(options)
      later(() => double.close())
      return double
    },
    async open(connectionString, options = {}) {
      const log = await openKurrentLog({
        connectionString,
        attemptMs: 1_000,
        giveUpMs: 20_000,
        watchMs: 100,
        ...options,
      })
      later(() => log.close())
      return log
    },
    async dispose() {
      for (const cleanup of cleanups.toReversed()) await cleanup()
      cleanups = []
    },
  }
}
