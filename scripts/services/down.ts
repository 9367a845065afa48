import { catalogue } from './catalogue.ts'
import { downInDocker } from './docker.ts'
import type { Progress } from './engine.ts'
import { downNatively, purgeNatively } from './native.ts'
import { readState, recordState } from './state.ts'
import type { EngineName } from './versions.ts'

const stop = async (name: EngineName, purge: boolean, progress: Progress): Promise<void> => {
  const engine = catalogue[name]
  const state = readState()[name]
  if (state?.status === 'running' && state.by === 'docker') {
    await downInDocker(engine, purge, progress)
    return progress('stopped')
  }
  progress((await downNatively(engine)) ? 'stopped' : 'was not running')
  if (purge) purgeNatively(engine)
}

/** Stops the engines, those first that need others; with `purge` it deletes their data too. Builds and downloads stay. */
export const down = async (names: readonly EngineName[], purge: boolean, say: Progress): Promise<void> => {
  const needing = (name: EngineName): number => catalogue[name].native?.needs.length ?? 0
  for (const name of [...names].sort((a, b) => needing(b) - needing(a))) {
    await stop(name, purge, (line) => say(`${name}: ${line}`))
    recordState(name, undefined)
  }
}
