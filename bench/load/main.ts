import { answerTasks } from '../process/answer-tasks.ts'
import { type ClosedLoopOptions, closedLoop } from './closed-loop.ts'
import { type OpenLoopOptions, openLoop } from './open-loop.ts'
import { openPairs, type Pairs, type PairsOptions } from './pairs.ts'
import { createTokenSource } from './token-source.ts'

/** The load generator's process: bare `ws` clients, so that it needs less CPU than the server it loads. */
const [keys = '.'] = process.argv.slice(2)
const tokens = await createTokenSource(keys)
const opened = new Map<string, Pairs>()

const pairsOf = (prefix: string): Pairs => {
  const pairs = opened.get(prefix)
  if (pairs === undefined) throw new Error(`no pairs ${prefix}`)
  return pairs
}

answerTasks({
  ready: () => true,
  openPairs: async (options: PairsOptions) => {
    opened.set(options.prefix, await openPairs(options, tokens))
  },
  closedLoop: ({ prefix, ...options }: ClosedLoopOptions & { prefix: string }) => closedLoop(pairsOf(prefix), options),
  openLoop: ({ prefix, ...options }: OpenLoopOptions & { prefix: string }) => openLoop(pairsOf(prefix), options),
  closePairs: ({ prefix }: { prefix: string }) => {
    pairsOf(prefix).close()
    opened.delete(prefix)
  },
})
process.channel?.ref()
process.on('disconnect', () => process.exit(0))
