import type {
  EventReader,
  Position,
  RecordedEvent,
  SubscribeOptions,
  Subscription,
} from '../../../src/ports/event-log.ts'

export interface Collector extends Subscription {
  readonly events: RecordedEvent[]
  /** Position of the last event that was handled. */
  checkpoint(): Position
  /** Resolves once `count` events have come, or when the subscription ends. */
  reached(count: number): Promise<void>
}

/** Subscribes and keeps everything; `before` runs in the handler, ahead of each batch. */
export const collect = (
  log: EventReader,
  after: Position,
  options: SubscribeOptions & { readonly before?: (batch: readonly RecordedEvent[]) => Promise<void> } = {},
): Collector => {
  const { before, ...rest } = options
  const events: RecordedEvent[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  const subscription = log.subscribe(
    after,
    async (batch) => {
      await before?.(batch)
      events.push(...batch)
      for (const { count, resolve } of waiting) if (events.length >= count) resolve()
    },
    rest,
  )
  const end = () => {
    for (const { resolve } of waiting) resolve()
  }
  subscription.done.then(end, end)
  return {
    ...subscription,
    events,
    checkpoint: () => events.at(-1)?.position ?? after,
    reached: (count) =>
      new Promise((resolve) => {
        if (events.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
  }
}
