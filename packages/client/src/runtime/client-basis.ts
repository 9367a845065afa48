import { v7 as uuidv7 } from 'uuid'
import { createBlockList } from '../account/block-list.ts'
import type { ClientOptions } from '../api/client-api.ts'
import type { EventFeed } from '../events/event-feed.ts'
import { type ClientRecords, differenceChange } from '../records/client-records.ts'
import { loadCommandAnswers } from '../records/command-answers.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { untilClosed } from '../stores/closable-store.ts'
import { createStoreHealth } from '../stores/store-health.ts'
import { createPosition } from '../sync/position.ts'
import { steadyClock, systemClock } from '../time/clock.ts'
import { createServerTime } from '../time/server-time.ts'
import { createApplicationReports } from './application-reports.ts'
import type { ClientTopics } from './client-topics.ts'

/** What depends on nothing else: who this is, time, randomness, the store, and the way to the application. */
export const createBasis = (options: ClientOptions, records: ClientRecords, topics: ClientTopics, feed?: EventFeed) => {
  const { userId, deviceId, clock: date = systemClock, random = Math.random, newId = uuidv7 } = options
  const clock = steadyClock(date)
  const told = createApplicationReports(clock, feed)
  const health = createStoreHealth({ clock, onBroken: topics.storeBroke.tell })
  const store = untilClosed(health.store(options.store))
  const write = async (changes: readonly StoreChange[]) => {
    if (changes.length > 0) await store.write(changes)
  }
  const time = createServerTime({
    ...{ date: () => date.now(), steady: clock, difference: records.difference },
    onDifference: (difference) => void write([differenceChange(difference)]).catch(told.onError),
  })
  return {
    ...told,
    ...{ me: { userId, deviceId }, clock, random, newId, store, write, time },
    answers: loadCommandAnswers(records.stored, () => Math.round(date.now())),
    lazy: health.records(records.lazy),
    position: createPosition(records.checkpoint),
    blocks: createBlockList(userId, records.stored),
  }
}

export type ClientBasis = ReturnType<typeof createBasis>
