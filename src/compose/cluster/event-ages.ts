import type { Metrics } from '../../observability/metrics.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'

type Place = 'relayed' | 'folded' | 'sent' | 'received'

/** By this machine's clock, against that of the machine which took the command. */
export const observeAges = ({ eventAge }: Metrics, place: Place, events: readonly RecordedEvent[]): void => {
  const now = Date.now()
  for (const { at } of events) eventAge.observe({ place }, Math.max(0, now - at) / 1000)
}
