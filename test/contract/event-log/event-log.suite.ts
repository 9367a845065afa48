import { afterEach, beforeEach, describe } from 'vitest'
import type { EventLog, Position } from '../../../src/ports/event-log.ts'
import type { SnapshotStore } from '../../../src/ports/snapshot-store.ts'
import { appendContract } from './append.suite.ts'
import { lifeContract } from './life.suite.ts'
import { blankingContract, readContract } from './read.suite.ts'
import { retryContract } from './retry.suite.ts'
import { snapshotContract } from './snapshots.suite.ts'
import { acknowledgementContract, subscriptionContract } from './subscription.suite.ts'

export type LogUnderTest = EventLog & {
  readonly snapshots?: SnapshotStore
  /** Before the first event, where it is not 0n: of a log among several. */
  readonly origin?: Position
}

/** What a log may do beyond the port, or leave to others: blanking bodies, keeping snapshots, acknowledging before it publishes. */
export type Extra = 'blanking' | 'snapshots' | 'acknowledgements first'

/** One log's storage. `open` may be called again after `close`, on the same storage. */
export interface LogHarness {
  open(): Promise<LogUnderTest>
  /** Throws the storage away. */
  dispose(): Promise<void>
}

/** What the tests of the suite use: the open log, how to reopen it, and an empty one beside it. */
export interface LogWorld {
  log(): LogUnderTest
  /** Closes the log and opens it again. */
  reopen(): Promise<LogUnderTest>
  /** Another log on storage of its own, closed with the test. */
  another(): Promise<LogUnderTest>
}

/** The guarantees of `src/ports/event-log.ts` and `src/ports/snapshot-store.ts`, for every adapter. */
export const eventLogContract = (
  name: string,
  create: () => Promise<LogHarness>,
  extras: readonly Extra[] = ['blanking', 'snapshots', 'acknowledgements first'],
): void => {
  describe(`${name} as an event log`, () => {
    let harness: LogHarness
    let current: LogUnderTest
    let cleanups: (() => Promise<void>)[] = []

    beforeEach(async () => {
      harness = await create()
      current = await harness.open()
    })
    afterEach(async () => {
      await current.close()
      await harness.dispose()
      for (const cleanup of cleanups) await cleanup()
      cleanups = []
    })

    const world: LogWorld = {
      log: () => current,
      async reopen() {
        await current.close()
        current = await harness.open()
        return current
      },
      async another() {
        const other = await create()
        const log = await other.open()
        cleanups.push(
          () => log.close(),
          () => other.dispose(),
        )
        return log
      },
    }
    appendContract(world)
    retryContract(world)
    readContract(world)
    subscriptionContract(world)
    lifeContract(world)
    if (extras.includes('blanking')) blankingContract(world)
    if (extras.includes('snapshots')) snapshotContract(world)
    if (extras.includes('acknowledgements first')) acknowledgementContract(world)
  })
}
