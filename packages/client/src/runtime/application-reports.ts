import type { ConnectionState } from '../connection/connection-state.ts'
import { createWhenLive } from '../connection/when-live.ts'
import { createErrorReport } from '../events/error-report.ts'
import { createEventFeed, type EventFeed } from '../events/event-feed.ts'
import type { Clock } from '../time/clock.ts'
import { createTopic } from './topic.ts'

/**
 * Everything that is reported to the application: events, errors, states. `outer`: receives it instead of a feed of
 * its own.
 */
export const createApplicationReports = (clock: Clock, outer?: EventFeed) => {
  const handlerThrew = createTopic<[thrown: unknown, type: string]>()
  const feed = outer ?? createEventFeed(handlerThrew.tell)
  const report = createErrorReport(feed)
  // A throwing handler of errors would be told of its own error, and throw again.
  handlerThrew.on((thrown, type) => (type === 'error' ? report.write(thrown) : report.tell(thrown)))
  const whenLive = createWhenLive(clock)
  return {
    feed,
    onError: report.tell,
    whenLive: whenLive.wait,
    tellState: (state: ConnectionState): void => {
      feed.signal({ type: 'state', state })
      whenLive.changed(state)
    },
  }
}
