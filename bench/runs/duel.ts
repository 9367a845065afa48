import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startFloor } from '../floor/start-floor.ts'
import { startGenerator } from '../load/start-generator.ts'
import type { Child } from '../process/start-child.ts'
import { type BackscrollTarget, startBackscroll } from '../server/start-backscroll.ts'
import type { Target } from '../server/target.ts'

/** CPUs: whatever is measured gets one for itself, the generator the other. */
export const serverCpu = 0
export const generatorCpu = 1

export interface Duel {
  readonly floor: Target
  readonly backscroll: BackscrollTarget
  readonly generator: Child
}

/** The floor and Backscroll side by side, so that rounds can take turns: a noisy minute then hits both. */
export const withDuel = async <Result>(directory: string, use: (duel: Duel) => Promise<Result>): Promise<Result> => {
  const [keys, floorData, data] = ['keys', 'floor', 'data'].map((name) => join(directory, name))
  if (keys === undefined || floorData === undefined || data === undefined) throw new Error('no directories')
  await mkdir(floorData)
  await using started = new AsyncDisposableStack()
  const keep = <One extends { stop(): Promise<void> }>(one: One): One => started.adopt(one, () => one.stop())
  const floor = keep(await startFloor(floorData, serverCpu))
  const backscroll = keep(await startBackscroll({ directory: data, keys, cpu: serverCpu }))
  const generator = keep(await startGenerator(keys, generatorCpu))
  return await use({ floor, backscroll, generator })
}
