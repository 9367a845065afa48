import { setTimeout as sleep } from 'node:timers/promises'
import type { Pairs } from './pairs.ts'

export interface Throughput {
  readonly messages: number
  readonly seconds: number
}

export interface ClosedLoopOptions {
  /** Messages of each pair that wait for their acknowledgement at any time. */
  readonly outstanding: number
  readonly seconds: number
}

const sent = (pairs: Pairs): number => pairs.all.reduce((sum, { due }) => sum + due.length, 0)

/** Each acknowledgement sends the next message. The last ones count: it ends when everything is acknowledged and delivered. */
export const closedLoop = async (pairs: Pairs, { outstanding, seconds }: ClosedLoopOptions): Promise<Throughput> => {
  const [before, start] = [sent(pairs), performance.now()]
  pairs.onAcknowledged = (pair) => pairs.send(pair, performance.now())
  for (const pair of pairs.all) for (let i = 0; i < outstanding; i += 1) pairs.send(pair, performance.now())
  await sleep(seconds * 1000)
  pairs.onAcknowledged = () => undefined
  await pairs.settled()
  return { messages: sent(pairs) - before, seconds: (performance.now() - start) / 1000 }
}
