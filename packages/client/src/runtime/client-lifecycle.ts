import type { Connection } from '../connection/connection.ts'
import type { ConnectionState } from '../connection/connection-state.ts'
import { type BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import type { EventFeed } from '../events/event-feed.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { OutboxDispatch } from '../outbox/outbox-dispatch.ts'
import { watchNetwork } from '../platform/network-watch.ts'
import type { DecryptingDelivery } from '../protection/decrypting-delivery.ts'
import type { Protection } from '../protection/protection.ts'
import type { ReceiptSender } from '../receipts/receipt-sender.ts'
import type { ClientStore } from '../stores/client-store.ts'
import type { Position } from '../sync/position.ts'
import type { MessageUploads } from '../uploads/message-uploads.ts'

export interface LifecycleDeps {
  readonly connection: Pick<Connection, 'state' | 'dispatch'>
  readonly protection: Pick<Protection, 'enrol' | 'close'>
  readonly position: Pick<Position, 'newest'>
  readonly outbox: Pick<Outbox, 'close'>
  readonly uploads: Pick<MessageUploads, 'close'>
  readonly sending: Pick<OutboxDispatch, 'stop'>
  readonly receipts: Pick<ReceiptSender, 'close'>
  readonly delivery: Pick<DecryptingDelivery, 'stop' | 'idle'>
  readonly feed: Pick<EventFeed, 'end'>
  readonly tellState: (state: ConnectionState) => void
  readonly store: Pick<ClientStore, 'close'>
  /** Reports what a process that ended could not report. */
  readonly tellFailed: () => void
}

/** How a client begins and ends. */
export const createLifecycle = (deps: LifecycleDeps) => {
  const { connection, protection, feed, delivery } = deps
  let endNetwork = () => {}
  let closed = false

  const ended = (reason: string, error?: BackscrollError) => {
    if (connection.state().name === 'stopped') deps.tellState({ name: 'stopped', reason, error })
    connection.dispatch({ type: 'stop', reason, error })
  }
  const begin = async () => {
    try {
      await protection.enrol((error) => connection.dispatch({ type: 'enrol_failed', error }))
      if (!closed) connection.dispatch({ type: 'start', hasCheckpoint: deps.position.newest() !== undefined })
    } catch (thrown) {
      const error = toBackscrollError(thrown)
      ended(error.code, error)
    }
  }
  return {
    start: (): void => {
      deps.tellFailed()
      endNetwork()
      endNetwork = watchNetwork((type) => connection.dispatch({ type }))
      connection.dispatch({ type: 'enrol' })
      void begin()
    },
    close: async (): Promise<void> => {
      closed = true
      endNetwork()
      ended('closed')
      protection.close()
      deps.sending.stop()
      deps.uploads.close()
      deps.outbox.close()
      deps.receipts.close()
      delivery.stop()
      feed.end()
      try {
        await delivery.idle()
      } finally {
        await deps.store.close()
      }
    },
  }
}
