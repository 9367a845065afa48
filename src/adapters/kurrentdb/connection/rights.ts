import { AccessDeniedError, BACKWARDS, END, type EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import { LogError } from '../../../ports/errors/log-error.ts'
import { OperatorError } from '../../../ports/errors/operator-error.ts'
import { collect } from '../streams/collect.ts'
import type { StreamNames } from '../streams/stream-names.ts'
import { type Calls, withTimeout } from './calls.ts'

const requiresLeader = true

/** Beyond what any stream reaches: an append after it is refused, and by its sender's rights first. */
const unreachable = 2n ** 52n

const unauthenticated = 16

const isDenied = (error: unknown): error is LogError & { readonly cause: AccessDeniedError } =>
  error instanceof LogError && error.cause instanceof AccessDeniedError

const missing = (address: string, right: string, { code }: AccessDeniedError): OperatorError => {
  const lack =
    code === unauthenticated
      ? 'does not know the user, or the password is another one'
      : `does not let the user ${right}`
  return new OperatorError(`BACKSCROLL_KURRENTDB_URL: ${address} ${lack} (docs/operations.md: A user of the event log)`)
}

/** A subscription to everything, as far as the server's word that it has begun. */
const subscribed = async (client: EventStoreDBClient): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const subscription = client.subscribeToAll({ fromPosition: END, requiresLeader })
  subscription.on('confirmation', () => resolve())
  subscription.on('error', reject)
  try {
    await promise
  } finally {
    await subscription.unsubscribe().catch(() => {})
  }
}

/**
 * Asks the server for everything that a log does there, and changes nothing. Rejects with an `OperatorError` that names
 * the first right that the user lacks: without some of them the log would open, and later refuse every read for ever.
 */
export const checkRights = async (
  client: EventStoreDBClient,
  names: StreamNames,
  calls: Calls,
  address: string,
): Promise<void> => {
  const { retry, attemptMs } = calls
  const must = async (right: string, call: () => Promise<unknown>): Promise<void> => {
    try {
      await retry(call)
    } catch (error) {
      if (isDenied(error)) throw missing(address, right, error.cause)
      if (!(error instanceof LogError && error.code === 'wrong_expected_revision')) throw error
    }
  }
  const streams = names.onServer('*')
  const event = jsonEvent({ type: 'RightsAsked', data: {} })
  const append = { expectedRevision: unreachable, requiresLeader, deadline: attemptMs }
  const newest = { direction: BACKWARDS, fromPosition: END, maxCount: 1, requiresLeader } as const
  await must(`read the streams ${streams}`, () =>
    collect(client.readStream(names.epoch, { maxCount: 1, requiresLeader }), attemptMs),
  )
  await must(`append to the streams ${streams}`, () =>
    withTimeout(client.appendToStream(names.epoch, event, append), attemptMs),
  )
  await must('read $all', () => collect(client.readAll(newest), attemptMs))
  await must('subscribe to $all', () => withTimeout(subscribed(client), attemptMs))
}
