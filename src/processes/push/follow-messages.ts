import { setTimeout as sleep } from 'node:timers/promises'
import { kindOfStream } from '../../domain/stream-names.ts'
import type { EventReader, Position } from '../../ports/event-log.ts'
import { createFanOut } from '../../projections/fan-out/create-fan-out.ts'
import type { LoadRosterAt } from '../../projections/fan-out/load-roster.ts'
import { createMessageTray } from './owed-messages.ts'
import type { Notifier } from './push-notifier.ts'
import { createPushSender, type PushSenderDeps } from './push-sender.ts'

export interface FollowMessagesDeps extends Omit<PushSenderDeps, 'ended'> {
  readonly log: Pick<EventReader, 'epoch' | 'head' | 'readStream' | 'subscribe'>
  readonly loadRosterAt: LoadRosterAt
  readonly maxRosters: number
  readonly checkpoints: {
    checkpoint(name: string): Promise<{ readonly epoch: string; readonly position: Position } | undefined>
    saveCheckpoint(name: string, checkpoint: { readonly epoch: string; readonly position: Position }): Promise<void>
  }
}

const name = 'push'
/** Milliseconds between checks for new messages. */
const lookMs = 250

/** Only events of conversations matter: receipts and accounts wake nobody, and rosters do not need them. */
const conversationsOf = ({
  readStream,
  subscribe,
}: FollowMessagesDeps['log']): Pick<EventReader, 'readStream' | 'subscribe'> => ({
  readStream,
  subscribe: (after, handler, options) =>
    subscribe(
      after,
      (events) => handler(events.filter(({ stream }) => kindOfStream(stream) === 'conversation')),
      options,
    ),
})

/**
 * Records owed wake-ups in a single process. It continues from its own checkpoint, so messages from before a crash
 * still wake their recipients. On a log without a checkpoint it starts at the end.
 */
export const followMessages = async (deps: FollowMessagesDeps): Promise<Notifier> => {
  const { log, loadRosterAt, maxRosters, checkpoints, onError } = deps
  const stored = await checkpoints.checkpoint(name)
  const from = stored?.epoch === log.epoch ? stored.position : await log.head()
  const ending = new AbortController()
  const { signal } = ending
  const sender = createPushSender({ ...deps, ended: signal })
  const tray = createMessageTray()
  const sink = { events: tray.add, receipts: () => {} }
  const fanOut = createFanOut({ log: conversationsOf(log), loadRosterAt, sink, from, maxRosters })
  fanOut.done.catch(onError)
  const save = (position: Position) => checkpoints.saveCheckpoint(name, { epoch: log.epoch, position })
  if (stored?.epoch !== log.epoch) await save(from)

  const round = async (): Promise<void> => {
    if (tray.isEmpty()) return sleep(lookMs, undefined, { signal, ref: false })
    // Read before the tray is emptied: the tray may hold more than this position covers, but never less.
    const upTo = fanOut.dispatched()
    await sender.owe(tray.take())
    await save(upTo)
  }

  const run = async (): Promise<void> => {
    while (!signal.aborted)
      await round().catch((error: unknown) => {
        if (!signal.aborted) onError(error)
      })
  }
  const running = run()
  return {
    close: async () => {
      ending.abort()
      await running
      await fanOut.close()
    },
  }
}
