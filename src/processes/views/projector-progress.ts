import type { ClusterProjector } from './cluster-projector.ts'

export interface ProjectorProgress {
  /** Messages of the bus that the views of the partitions held here have not taken. */
  readonly lag: number
  /** Partitions whose views this process keeps. */
  readonly partitions: number
  /** Streams whose views stand still, over all partitions. */
  readonly parked: number
}

export interface ProgressReportsDeps {
  readonly projector: Pick<ClusterProjector, 'lag' | 'partitions'>
  readonly countParked: () => Promise<number>
  readonly onProgress: (progress: ProjectorProgress) => void
  /** A measurement failed. The next one comes in its turn. */
  readonly onError: (error: unknown) => void
}

const everyMs = 5_000

/** Measures a projector for its operator again and again, until the returned timer is cleared. */
export const reportProgress = ({
  projector,
  countParked,
  onProgress,
  onError,
}: ProgressReportsDeps): NodeJS.Timeout => {
  const measure = async (): Promise<void> => {
    const lag = [...(await projector.lag()).values()].reduce((sum, one) => sum + one, 0)
    onProgress({ lag, partitions: projector.partitions().views.length, parked: await countParked() })
  }
  return setInterval(() => void measure().catch(onError), everyMs)
}
