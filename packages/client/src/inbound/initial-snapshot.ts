import { blockList } from '@backscroll/protocol/rest/consent'
import type { BlockList } from '../account/block-list.ts'
import type { Connection } from '../connection/connection.ts'
import { endsClient } from '../connection/state-reasons.ts'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { DecryptingDelivery } from '../protection/decrypting-delivery.ts'
import type { Protection } from '../protection/protection.ts'
import type { WithContent } from '../rest/readable-views.ts'
import type { Rest } from '../rest/rest-client.ts'
import { type LoadedPage, loadSnapshot } from '../rest/snapshot-pages.ts'
import type { Inbound } from './inbound-pipeline.ts'

export interface FirstLoadDeps {
  readonly rest: Rest
  readonly delivery: Pick<DecryptingDelivery, 'step' | 'write'>
  readonly protection: Pick<Protection, 'catchUp' | 'forgetOthers'>
  readonly blocks: Pick<BlockList, 'hides' | 'replace'>
  readonly withContent: Pick<WithContent, 'snapshot'>
  readonly inbound: Pick<Inbound, 'room' | 'begin'>
  readonly connection: Pick<Connection, 'state' | 'dispatch'>
  readonly onError: (thrown: unknown) => void
}

/** Where there is no checkpoint to resume from: processes a whole snapshot, and tells the connection how it went. */
export const createFirstLoad = (deps: FirstLoadDeps) => {
  const { rest, delivery, protection, blocks, withContent, inbound, connection, onError } = deps

  const takePage = ({ conversations, first, last }: LoadedPage) =>
    delivery.step(async () => {
      await protection.catchUp(conversations)
      const shown = conversations.filter(({ conversation }) => !blocks.hides(conversation.conversationId))
      const readable = await Promise.all(shown.map(withContent.snapshot))
      return { type: 'snapshot', conversations: readable, first, last }
    })
  /** Before the snapshot's checkpoint: later ones are among the events that follow it. */
  const loadBlocks = async () => {
    const { items } = await rest.read({ path: '/blocks', schema: blockList })
    const changes = blocks.replace(items.map(({ userId }) => userId))
    delivery.write(() => changes)
  }
  const load = async () => {
    await loadBlocks()
    const snapshot = await loadSnapshot(rest, takePage, inbound.room)
    if (connection.state().name !== 'loading') return
    const forget = protection.forgetOthers(new Set(snapshot.streams.keys()))
    delivery.step(async () => {
      await forget()
      return undefined
    })
    inbound.begin(snapshot)
    connection.dispatch({ type: 'loaded' })
  }
  return async (): Promise<void> => {
    try {
      await load()
    } catch (thrown) {
      onError(thrown)
      const error = toBackscrollError(thrown)
      const { code, retryAfterMs } = error
      if (endsClient(code)) return connection.dispatch({ type: 'stop', reason: code, error })
      connection.dispatch({ type: 'load_failed', error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
    }
  }
}
