import type { Channels } from '../../ports/channels.ts'
import { progressChannel } from '../messages/channel-names.ts'
import { encodeProgress, type Progress } from '../messages/progress-message.ts'

export interface ProgressSenderDeps {
  readonly channels: Pick<Channels, 'publish'>
  readonly onError: (error: unknown) => void
}

export interface ProgressSender {
  reached(progress: Progress): void
  /** The partition belongs to another process now. */
  forget(partition: number): void
  close(): void
}

/** Progress within this time is told in one message. */
const gatherMs = 5
/** How often everything is repeated, for processes that were not listening. */
const repeatMs = 1_000

/** Tells the processes that serve queries how far the views of this process's partitions are. */
export const createProgressSender = ({ channels, onError }: ProgressSenderDeps): ProgressSender => {
  const all = new Map<number, Progress>()
  const moved = new Set<number>()
  let gathering: NodeJS.Timeout | undefined

  const send = (progress: readonly Progress[]): void => {
    if (progress.length > 0) channels.publish(progressChannel, encodeProgress(progress)).catch(onError)
  }
  const flush = (): void => {
    gathering = undefined
    send([...moved].flatMap((partition) => all.get(partition) ?? []))
    moved.clear()
  }
  const timer = setInterval(() => send([...all.values()]), repeatMs)

  return {
    reached: (progress) => {
      all.set(progress.partition, progress)
      moved.add(progress.partition)
      gathering ??= setTimeout(flush, gatherMs)
    },
    forget: (partition) => void all.delete(partition),
    close: () => {
      clearInterval(timer)
      clearTimeout(gathering)
    },
  }
}
