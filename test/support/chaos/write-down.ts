import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LoggedEvent } from '../server/log.ts'
import type { ChaosDevice } from './device.ts'

export interface Failed {
  /** What the processes printed. */
  readonly output: () => string
  readonly log: () => Promise<readonly LoggedEvent[]>
  readonly devices: readonly ChaosDevice[]
}

/** Everything that helps to find out why a run failed; answers the file's name. */
export const writeDown = async (name: string, { output, log, devices }: Failed): Promise<string> => {
  const file = join(tmpdir(), `backscroll-${name}.log`)
  const events = await log().catch(() => [])
  const traces = devices.flatMap(({ userId, deviceId, trace }) => [`== ${userId}/${deviceId}`, ...trace])
  await writeFile(file, [output(), ...events.map((event) => JSON.stringify(event)), ...traces].join('\n'))
  return file
}
