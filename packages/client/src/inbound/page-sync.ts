import { type SyncPage, syncPage } from '@backscroll/protocol/server-frames'
import type { Connection } from '../connection/connection.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import { createSyncer, type Syncer, type SyncerDeps } from '../sync/gap-syncer.ts'

export interface PageSyncDeps extends Omit<SyncerDeps, 'ask' | 'onLost'> {
  readonly connection: Pick<Connection, 'ask' | 'dispatch'>
}

const pageSize = 500

/** Asks the server over the connection for the pages that follow a checkpoint. */
export const createPageSync = ({ connection, ...deps }: PageSyncDeps): Syncer =>
  createSyncer({
    ...deps,
    ask: (since, onPage: (page: SyncPage) => void, reject) => {
      const resolve = (result: unknown) => {
        const page = syncPage.safeParse(result)
        if (page.success) onPage(page.data)
        else reject(new BackscrollError('internal', { message: 'The answer cannot be understood' }))
      }
      connection.ask({ type: 'sync', since, limit: pageSize }, { resolve, reject })
    },
    onLost: () => connection.dispatch({ type: 'lost_position' }),
  })
