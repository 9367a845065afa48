import { catalogue } from './catalogue.ts'
import { composeAnswers, upInDocker } from './docker.ts'
import type { Engine, Progress } from './engine.ts'
import { downNatively, upNatively } from './native.ts'
import { type EngineState, recordState, type ServicesState } from './state.ts'
import { type EngineName, engineNames } from './versions.ts'

type Start = (engine: Engine, progress: Progress) => Promise<EngineState>

const all = engineNames.map((name) => catalogue[name])

/** The asked ones and those that they need. */
const withNeeds = (names: readonly EngineName[]): Set<EngineName> =>
  new Set(names.flatMap((name) => [...(catalogue[name].native?.needs ?? []), name]))

/** A process of an earlier `up`, from before there was Docker, would hold the port. */
const upInContainer: Start = async (engine, progress) => {
  await downNatively(engine)
  return upInDocker(engine, all, progress)
}

const progressOf =
  (name: EngineName, say: Progress): Progress =>
  (line) =>
    say(`${name}: ${line}`)

/** Each one starts as soon as those that it needs run, all others at the same time: what takes minutes takes them once. */
const startAll = async (names: Iterable<EngineName>, start: Start, say: Progress): Promise<ServicesState> => {
  const started = new Map<EngineName, Promise<EngineState>>()
  const startOne = async (engine: Engine, needs: readonly EngineName[]): Promise<EngineState> => {
    for (const need of needs) {
      const state = await started.get(need)
      if (state !== undefined && state.status !== 'running')
        return { ...state, reason: `${need}, which it needs: ${state.reason}` }
    }
    return start(engine, progressOf(engine.name, say))
  }
  for (const name of names) {
    const engine = catalogue[name]
    const record = (state: EngineState) => {
      recordState(name, state)
      return state
    }
    started.set(name, startOne(engine, engine.native?.needs ?? []).then(record))
  }
  const results = await Promise.all([...started].map(async ([name, state]) => [name, await state] as const))
  return Object.fromEntries(results)
}

/** Brings the engines up, in containers where Docker has an engine and compose, as processes elsewhere. Never rejects for an engine's sake. */
export const up = async (names: readonly EngineName[], say: Progress): Promise<ServicesState> => {
  if (await composeAnswers()) {
    say('a Docker engine answers: the services run in containers')
    return startAll(names, upInContainer, say)
  }
  say('no Docker engine answers: the services run as processes of this machine')
  return startAll(withNeeds(names), upNatively, say)
}
