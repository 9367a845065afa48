import { join } from 'node:path'
import { openEmbeddedLog } from '../../src/adapters/embedded/log/embedded-log.ts'
import type { EventLog } from '../../src/ports/event-log.ts'
import { startGenerator } from '../load/start-generator.ts'
import type { Child } from '../process/start-child.ts'
import { type BackscrollTarget, startBackscroll } from '../server/start-backscroll.ts'
import { generatorCpu, serverCpu } from './duel.ts'

export interface Solo {
  readonly backscroll: BackscrollTarget
  readonly generator: Child
}

export const dataIn = (directory: string): string => join(directory, 'data')

/** Backscroll alone, on what `seed` puts into its log first. */
export const withServer = async <Result>(
  directory: string,
  seed: (log: EventLog) => Promise<void>,
  use: (solo: Solo) => Promise<Result>,
): Promise<Result> => {
  await withLog(directory, seed)
  const keys = join(directory, 'keys')
  await using started = new AsyncDisposableStack()
  const backscroll = await startBackscroll({ directory: dataIn(directory), keys, cpu: serverCpu })
  started.defer(() => backscroll.stop())
  const generator = await startGenerator(keys, generatorCpu)
  started.defer(() => generator.stop())
  await backscroll.settled()
  return await use({ backscroll, generator })
}

/** The log of a server that does not run. */
export const withLog = async <Result>(directory: string, use: (log: EventLog) => Promise<Result>): Promise<Result> => {
  const log = await openEmbeddedLog({ directory: dataIn(directory) })
  try {
    return await use(log)
  } finally {
    await log.close()
  }
}
