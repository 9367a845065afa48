import type { Delta } from '../../ports/deltas.ts'
import type { LinkedGateway } from './gateway-link.ts'

export interface GatewayMeasures {
  onReceived(events: Delta['events']): void
  /** Live events did not arrive, and the sessions of this gateway sync. */
  onLost(): void
}

/** Reports what this gateway receives from other processes, and what it misses. */
export const measuredGateway = (gateway: LinkedGateway, measures: GatewayMeasures): LinkedGateway => ({
  ...gateway,
  sink: {
    ...gateway.sink,
    events: (deltas) => {
      for (const { events } of deltas) measures.onReceived(events)
      gateway.sink.events(deltas)
    },
  },
  lost: () => {
    measures.onLost()
    gateway.lost()
  },
})
