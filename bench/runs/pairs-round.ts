import type { ClosedLoopOptions, Throughput } from '../load/closed-loop.ts'
import type { OfferedLatencies, OpenLoopOptions } from '../load/open-loop.ts'
import type { Child } from '../process/start-child.ts'
import type { Target } from '../server/target.ts'

let rounds = 0

/** Opens pairs of new users, runs, closes them. */
const withPairs = async <Result>(
  target: Target,
  generator: Child,
  count: number,
  run: (prefix: string) => Promise<Result>,
): Promise<Result> => {
  rounds += 1
  const prefix = `r${rounds}`
  const { kind, url, rest } = target
  await generator.call('openPairs', { server: { kind, url, rest }, count, prefix })
  try {
    return await run(prefix)
  } finally {
    await generator.call('closePairs', { prefix })
  }
}

export interface LoadRound {
  readonly messagesPerSecond: number
  /** Microseconds of CPU of all threads of the server for each message, with everything that it causes. */
  readonly cpuPerMessage: number
  readonly mainThreadPerMessage: number
  /** Part of the CPU time that was spent in the kernel, 0 to 1. */
  readonly kernelShare: number
  /** Part of the time that the generator was busy, 0 to 1: near 1 it is the generator that was measured. */
  readonly generatorBusy: number
}

export interface LoadOptions extends ClosedLoopOptions {
  readonly pairs: number
  readonly warmUpSeconds: number
}

export const loadRound = (target: Target, generator: Child, options: LoadOptions): Promise<LoadRound> =>
  withPairs(target, generator, options.pairs, async (prefix) => {
    const { outstanding, seconds, warmUpSeconds } = options
    await generator.call('closedLoop', { prefix, outstanding, seconds: warmUpSeconds })
    await target.settled()
    const [before, generatorBefore] = [await target.child.usage(), await generator.usage()]
    const done = await generator.call<Throughput>('closedLoop', { prefix, outstanding, seconds })
    const generatorAfter = await generator.usage()
    await target.settled()
    const after = await target.child.usage()
    const [user, system] = [after.user - before.user, after.system - before.system]
    return {
      messagesPerSecond: done.messages / done.seconds,
      cpuPerMessage: ((user + system) / done.messages) * 1e6,
      mainThreadPerMessage: ((after.mainThread - before.mainThread) / done.messages) * 1e6,
      kernelShare: system / (user + system),
      generatorBusy: (generatorAfter.mainThread - generatorBefore.mainThread) / done.seconds,
    }
  })

export const latencyRound = (
  target: Target,
  generator: Child,
  { pairs, ...options }: OpenLoopOptions & { readonly pairs: number },
): Promise<OfferedLatencies> =>
  withPairs(target, generator, pairs, async (prefix) => {
    await generator.call('openLoop', { prefix, rate: options.rate, seconds: 2 })
    const measured = await generator.call<OfferedLatencies>('openLoop', { prefix, ...options })
    await target.settled()
    return measured
  })
