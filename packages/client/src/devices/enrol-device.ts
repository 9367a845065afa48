import { type BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import type { Directory } from '../rest/mls-directory.ts'
import { backoffMs } from '../time/backoff.ts'
import { type Clock, sleep } from '../time/clock.ts'
import { seenAs } from '../trust/device-certificate.ts'
import type { Enrolment } from './enrolment.ts'
import type { KeyPackageStock } from './key-package-stock.ts'
import type { OwnDevices } from './own-devices.ts'
import type { UserStatements } from './user-statements.ts'

export interface EnrolDeviceDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly enrolment: Pick<Enrolment, 'enrol' | 'device'>
  readonly directory: Pick<Directory, 'devices'>
  readonly statements: Pick<UserStatements, 'hear'>
  readonly ownDevices: Pick<OwnDevices, 'seeListed'>
  readonly stock: Pick<KeyPackageStock, 'replenish'>
  readonly clock: Clock
  readonly random: () => number
  readonly isClosed: () => boolean
  readonly onError: (thrown: unknown) => void
}

const againMs = 6 * 3_600_000

/** Makes this device the user's own before it connects, and keeps its key packages at the server. */
export const createEnrolDevice = (deps: EnrolDeviceDeps) => {
  const { me, enrolment, directory, statements, ownDevices, stock, clock, random, onError } = deps
  /** Key packages were counted a moment ago. */
  let counted = false
  let cancel = () => {}

  /** Others use them up, and they expire, even while a connection lasts for months. */
  const scheduleReplenish = () => {
    cancel()
    if (!deps.isClosed()) cancel = clock.after(againMs, () => void replenish())
  }

  const replenish = async () => {
    try {
      await stock.replenish(enrolment.device())
    } catch (thrown) {
      onError(thrown)
    }
    scheduleReplenish()
  }
  const enrolOnce = async () => {
    await enrolment.enrol()
    const own = seenAs(enrolment.device())
    const list = await directory.devices()
    await ownDevices.seeListed(own.identityKey, list, own)
    await statements.hear(me.userId, list.statements)
    counted = true
    await replenish()
  }
  return {
    stop: () => cancel(),
    /**
     * Until there is an answer: without a connection a first start waits. Calls `onFailed` for each attempt
     * that another one follows.
     */
    enrol: async (onFailed: (error: BackscrollError) => void) => {
      for (let attempt = 0; ; attempt += 1)
        try {
          return await enrolOnce()
        } catch (thrown) {
          const error = toBackscrollError(thrown)
          onError(error)
          if (!error.temporary || deps.isClosed()) throw error
          onFailed(error)
          await sleep(clock, backoffMs(attempt, random(), error.retryAfterMs))
        }
    },
    /** A connection is live: the server may have given packages away meanwhile. */
    replenishOnce: () => {
      if (!counted) void replenish()
      counted = false
    },
  }
}
