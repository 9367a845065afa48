import type { Archive } from '@backscroll/protocol/rest/archives'
import { shownError } from '../errors/backscroll-error.ts'
import type { HistoryTransfer } from '../events/history-transfer.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { Clock } from '../time/clock.ts'
import { createPolling } from './polling.ts'
import { createReceiveHistory, type ReceiveHistoryDeps } from './receive-history.ts'
import { type Incoming, incoming, incomingKey, type Outcome, outcome, outcomeKey } from './transfer-records.ts'
import { stateOf } from './transfer-state.ts'

/** The message history of the user's older devices, on its way to this one. */
export interface ClientHistoryTransfer {
  readonly historyTransfer: {
    /** A `history_transfer` signal tells each change. */
    state(): Promise<HistoryTransfer>
    /**
     * Asks the user's other devices for their history, or begins anew after a failure. A device that was let in or
     * recovered asks by itself, unless `transferHistory` is false. Rejects with `not_approved`.
     */
    request(): Promise<void>
    /** Stops asking, and deletes what waits at the server. What has arrived stays. */
    cancel(): Promise<void>
  }
}

export interface HistoryTransferDeps extends Omit<ReceiveHistoryDeps, 'onPiece'> {
  readonly stored: ReadonlyMap<string, unknown>
  readonly clock: Clock
  readonly isClosed: () => boolean
  readonly isLive: () => boolean
  /** Erases what was deleted or has expired since an archive was begun at this date. */
  readonly settle: (since: number) => Promise<void>
  readonly tell: (state: HistoryTransfer) => void
  /** The archive is not what it should be: the person is warned. */
  readonly warn: (reason: string) => void
  /** Messages have become readable. */
  readonly onImported: () => void
  readonly onError: (thrown: unknown) => void
}

const pollMs = { least: 1_000, most: 15_000 }

export const createHistoryTransfer = (deps: HistoryTransferDeps) => {
  const { server, write, patiently, onError, stored } = deps
  let now: Incoming | undefined = incoming.safeParse(stored.get(incomingKey)).data
  let ended: Outcome | undefined = outcome.safeParse(stored.get(outcomeKey)).data
  let archive: Archive | undefined
  let told = JSON.stringify(stateOf(now, archive, ended))

  const tell = () => {
    const state = stateOf(now, archive, ended)
    if (told === JSON.stringify(state)) return
    told = JSON.stringify(state)
    deps.tell(state)
  }
  const receive = createReceiveHistory({
    ...deps,
    onPiece: (state, from) => {
      if (now?.archiveId !== state.archiveId) return
      const isNew = state.messages > now.messages
      now = state
      archive = from
      if (isNew) deps.onImported()
      tell()
    },
  })
  const remove = (archiveId: string) => patiently(() => server.remove(archiveId)).catch(() => {})
  const end = async (state: Incoming, how: Outcome) => {
    if (now?.archiveId !== state.archiveId) return
    now = undefined
    ended = how
    const changes: StoreChange[] = [
      { key: incomingKey, value: undefined },
      { key: outcomeKey, value: how },
    ]
    await write(changes)
    tell()
    await remove(state.archiveId)
  }
  const fail = async (state: Incoming, thrown: unknown) => {
    const { code, details } = shownError(thrown)
    const reason = String(details?.reason ?? '')
    const { messages } = now ?? state
    if (code === 'bad_archive') deps.warn(reason)
    await end(state, { name: 'failed', code, reason, messages })
  }
  /** True when there is nothing more to do. */
  const advance = async (): Promise<boolean> => {
    const from = now
    if (from === undefined) return true
    try {
      const state = await receive.advance(from)
      if (now?.archiveId !== from.archiveId) return false
      now = state
      if (!state.isWhole) return false
      await patiently(() => deps.settle(state.at))
      await end(state, { name: 'done', messages: state.messages })
      return true
    } catch (thrown) {
      if (deps.isClosed()) return true
      onError(thrown)
      await fail(from, thrown)
      return true
    }
  }
  const polling = createPolling({
    ...{ clock: deps.clock, isClosed: deps.isClosed, ...pollMs },
    step: advance,
    progress: () => (now?.piece ?? 0) + (archive?.pieces ?? 0) + (now?.key === undefined ? 0 : 1),
  })
  const begin = async () => {
    if (now !== undefined) await remove(now.archiveId)
    now = await receive.begin()
    archive = undefined
    tell()
    if (deps.isLive()) polling.start()
  }
  return {
    /** Asks, although this device has asked before. */
    begin,
    live: () => {
      if (now !== undefined) polling.start()
    },
    stop: polling.stop,
    historyTransfer: {
      state: async () => stateOf(now, archive, ended),
      request: async () => {
        deps.device()
        if (now === undefined) await begin()
      },
      cancel: async () => {
        const state = now
        if (state === undefined) return
        now = undefined
        await write([{ key: incomingKey, value: undefined }])
        tell()
        await remove(state.archiveId)
      },
    },
  }
}
