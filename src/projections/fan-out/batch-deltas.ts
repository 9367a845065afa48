import type { Delta, DeltaSink, ReceiptsDelta } from '../../ports/deltas.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'

/** Collects the deltas of one batch of events by conversation, and hands them over in one call. */
export interface BatchDeltas {
  add(conversationId: string, audience: readonly string[], event: RecordedEvent): void
  addReceipts(delta: ReceiptsDelta): void
  flush(): void
}

interface Open extends Delta {
  readonly events: RecordedEvent[]
}

export const createBatchDeltas = (sink: DeltaSink): BatchDeltas => {
  let deltas: Open[] = []
  let receipts: ReceiptsDelta[] = []
  /** The newest delta of each conversation. It grows as long as the audience stays the same object. */
  const open = new Map<string, Open>()

  const clear = (): void => {
    deltas = []
    receipts = []
    open.clear()
  }

  return {
    add(conversationId, audience, event) {
      const current = open.get(conversationId)
      if (current !== undefined && current.audience === audience) {
        current.events.push(event)
        return
      }
      const delta = { conversationId, audience, events: [event] }
      open.set(conversationId, delta)
      deltas.push(delta)
    },
    addReceipts(delta) {
      receipts.push(delta)
    },
    flush() {
      const [events, moved] = [deltas, receipts]
      clear()
      if (events.length > 0) sink.events(events)
      if (moved.length > 0) sink.receipts(moved)
    },
  }
}
