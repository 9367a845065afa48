import type { Position } from '../../../ports/event-log.ts'
import type { Projection } from '../../projection.ts'
import type { RebuildOutcome, RetryOutcome, StoppedStream, ViewsControl } from '../../views-control.ts'
import type { Runner } from '../view-runner.ts'

export interface ViewsControlDeps {
  readonly runner: Pick<Runner, 'ready' | 'generations' | 'parked' | 'rebuild' | 'retryParked'>
  readonly views: readonly Projection[]
  readonly head: () => Promise<Position>
  readonly onRebuildFailed: (error: unknown) => void
}

/** A mistake in a view can park every conversation. */
const mostShown = 100

const byPosition = (left: StoppedStream, right: StoppedStream): number => Number(left.position - right.position)

/** What an operator asks of the runner, in the process of the runner. */
export const createViewsControl = ({ runner, views, head, onRebuildFailed }: ViewsControlDeps): ViewsControl => {
  const all = views.map(({ name }) => name)
  let rebuilding: readonly string[] = all.filter((name) => runner.generations().get(name) === undefined)
  const ended = (): void => {
    rebuilding = []
  }
  const settled = runner.ready.then(ended, ended)

  const begin = (names: readonly string[]): RebuildOutcome => {
    rebuilding = names
    void settled
      .then(() => runner.rebuild(names))
      .catch(onRebuildFailed)
      .finally(ended)
    return 'begun'
  }

  return {
    report: async () => {
      const parked = runner.parked().toSorted(byPosition)
      return {
        head: [await head()],
        views: [...runner.generations()].map(([view, { collection, position }]) => ({
          ...{ view, generation: collection, position: [position] },
        })),
        rebuilding,
        parked: parked.slice(0, mostShown),
        parkedCount: parked.length,
      }
    },
    rebuild: async (names) => {
      if (!names.every((name) => all.includes(name))) return 'unknown'
      return rebuilding.length > 0 ? 'busy' : begin(names.length === 0 ? all : names)
    },
    retry: async (stream): Promise<RetryOutcome> => {
      if (!runner.parked().some((each) => each.stream === stream)) return 'unknown'
      return (await runner.retryParked(stream)) ? 'resumed' : 'parked'
    },
  }
}
