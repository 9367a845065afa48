import type { Logger } from 'pino'
import type { ClusterEngines } from '../../compose/cluster/cluster-engines.ts'
import { openReadSide, type ReadSide } from '../../compose/cluster/read-side.ts'
import { startCluster } from '../../compose/cluster/start-cluster.ts'
import type { ClusterConfig } from '../../config/cluster-config.ts'
import type { Heads } from '../../event-log/event-logs.ts'
import { bandStart, type Positions, samePositions } from '../../event-log/positions.ts'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { reachedAll } from '../../projections/watermark/watermark.ts'

/** The relay waits for the lease of a killed one, the bus for the dead members of a group: neither takes this long. */
const patienceMs = 120_000
const lookEveryMs = 500

/** How much of all logs together. */
const lengthUpTo = (positions: Positions | Heads): number =>
  positions.reduce<number>((sum, position, index) => sum + Number((position ?? 0n) - bandStart(index)), 0)

const untilReached = async (
  { watermark }: ReadSide,
  heads: Heads,
  onProgress: (position: number) => void,
): Promise<void> => {
  let [positions, movedAt] = [watermark.current(), performance.now()]
  while (!(await reachedAll(watermark, heads, lookEveryMs))) {
    const current = watermark.current()
    if (!samePositions(current, positions)) [positions, movedAt] = [current, performance.now()]
    onProgress(lengthUpTo(current))
    if (performance.now() - movedAt > patienceMs)
      throw new OperatorError(
        'The views do not come forward: the lines above say why; everything else is copied, run this again',
      )
  }
}

export interface RebuiltViews {
  /** Documents of the view of conversations. */
  readonly conversations: number
  /** False when views of some stream stand still. */
  readonly complete: boolean
}

/** Runs a relay and a projector in this process until the views hold the whole log. The engines stay open. */
export const rebuildViews = async (
  config: ClusterConfig,
  engines: ClusterEngines,
  logger: Logger,
  stage: (total: number) => (position: number) => void,
): Promise<RebuiltViews> => {
  const { partitions } = config.cluster
  const read = await openReadSide(engines, partitions, logger)
  const running = await startCluster(config, { ...engines, close: async () => {} }, logger)
  try {
    const heads = await engines.log.heads()
    if (heads.includes(undefined)) throw new OperatorError('BACKSCROLL_KURRENTDB_URL: not all of the logs answer')
    await untilReached(read, heads, stage(lengthUpTo(heads)))
    const collection = read.collectionOf('conversations')
    const conversations = await read.documents.count(collection, {}, Number.MAX_SAFE_INTEGER)
    return { conversations, complete: await read.isComplete() }
  } finally {
    await running.stop()
    await read.close()
  }
}
