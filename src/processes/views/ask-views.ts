import { type Partitioning, partitionsOf } from '../../event-log/partitioning.ts'
import type { Channels } from '../../ports/channels.ts'
import { UnavailableError } from '../../ports/errors/unavailable-error.ts'
import { expectAnswer } from '../../projections/runner/control/expect-views-answer.ts'
import type { RebuildOutcome, ViewsAnswer, ViewsAsk, ViewsControl } from '../../projections/views-control.ts'
import { viewsAnswersChannel, viewsAsksChannel } from '../messages/channel-names.ts'
import { decodeAnsweredViews, encodeAskedViews } from '../messages/views-messages.ts'
import { mergeViewReports } from './merge-view-reports.ts'

export interface AskViewsDeps {
  readonly channels: Pick<Channels, 'publish' | 'listen'>
  /** The id of this process. */
  readonly id: string
  readonly partitioning: Partitioning
  readonly partitionOf: (stream: string) => number
  readonly onError: (error: unknown) => void
  /**
   * How long it waits for the answers of all partitions; 5 s if absent, and six times that for a stream that is
   * folded again.
   */
  readonly patienceMs?: number
}

export interface AskedCluster {
  readonly control: ViewsControl
  close(): Promise<void>
}

type Answers = ReadonlyMap<number, ViewsAnswer>

interface Waiting {
  readonly wanted: readonly number[]
  readonly got: Map<number, ViewsAnswer>
  readonly done: PromiseWithResolvers<Answers>
}

const nobody = ({ wanted, got }: Waiting): UnavailableError => {
  const missing = wanted.filter((partition) => !got.has(partition))
  return new UnavailableError(`no projector answers for the partitions ${missing.join(', ')}`)
}

/**
 * The views of a cluster, as an operator sees them at any process: the processes that hold partitions are asked,
 * and all of them must answer.
 */
export const askViews = async (deps: AskViewsDeps): Promise<AskedCluster> => {
  const { channels, id: own, partitioning, partitionOf, onError, patienceMs = 5_000 } = deps
  const all = partitionsOf(partitioning)
  const open = new Map<string, Waiting>()
  let last = 0

  const hear = (text: string): void => {
    const { id, answers } = decodeAnsweredViews(text)
    const waiting = open.get(id)
    if (waiting === undefined) return
    for (const { partition, answer } of answers) waiting.got.set(partition, answer)
    if (waiting.wanted.every((partition) => waiting.got.has(partition))) waiting.done.resolve(waiting.got)
  }
  const stop = await channels.listen(viewsAnswersChannel(own), (text) => {
    try {
      hear(text)
    } catch (error) {
      onError(error)
    }
  })

  const ask = async (asked: ViewsAsk, wanted: readonly number[], waitMs = patienceMs): Promise<Answers> => {
    last += 1
    const id = `${own} ${last}`
    const waiting: Waiting = { wanted, got: new Map(), done: Promise.withResolvers() }
    const timer = setTimeout(() => waiting.done.reject(nobody(waiting)), waitMs)
    open.set(id, waiting)
    waiting.done.promise.catch(() => {})
    try {
      await channels.publish(viewsAsksChannel, encodeAskedViews({ id, replyTo: own, asked }))
      return await waiting.done.promise
    } finally {
      clearTimeout(timer)
      open.delete(id)
    }
  }
  const report = async () => {
    const answers = await ask({ ask: 'report' }, all)
    const reports = [...answers].map(
      ([partition, answer]) => [partition, expectAnswer('report', answer).report] as const,
    )
    return mergeViewReports(partitioning, new Map(reports))
  }

  return {
    control: {
      report,
      rebuild: async (views): Promise<RebuildOutcome> => {
        if ((await report()).rebuilding.length > 0) return 'busy'
        const answers = [...(await ask({ ask: 'rebuild', views }, all)).values()]
        const outcomes = answers.map((answer) => expectAnswer('rebuild', answer).outcome)
        return outcomes.find((outcome) => outcome !== 'begun') ?? 'begun'
      },
      retry: async (stream) => {
        const partition = partitionOf(stream)
        const answer = (await ask({ ask: 'retry', stream }, [partition], 6 * patienceMs)).get(partition)
        return answer === undefined ? 'unknown' : expectAnswer('retry', answer).outcome
      },
    },
    close: stop,
  }
}
