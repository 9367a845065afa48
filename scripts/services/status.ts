import { answers } from './answers.ts'
import { logOf } from './daemon.ts'
import { type EngineState, readState, type ServicesState } from './state.ts'
import type { EngineName } from './versions.ts'

/** What the last `up` recorded, and whether each engine still listens. */
export const status = async (names: readonly EngineName[]): Promise<ServicesState> => {
  const state = readState()
  const entries = names.map(async (name) => {
    const engine = state[name]
    if (engine?.status !== 'running' || (await answers(engine.url))) return [name, engine] as const
    const reason = `it was started and no longer answers (${logOf(name)})`
    return [name, { status: 'failed', reason } satisfies EngineState] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}
