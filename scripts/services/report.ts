import type { EngineState, ServicesState } from './state.ts'
import type { EngineName } from './versions.ts'

const withoutPassword = (url: string): string => url.replace(/:\/\/[^@/]*@/, '://***@')

const describe = (state: EngineState | undefined): string => {
  if (state === undefined) return 'not started'
  if (state.status === 'running') return `running (${state.by}, ${state.version}) at ${withoutPassword(state.url)}`
  return `${state.status === 'failed' ? 'FAILED' : 'not here'}: ${state.reason}`
}

/** One line an engine, without credentials. */
export const asText = (names: readonly EngineName[], state: ServicesState): string =>
  names.map((name) => `${name.padEnd(10)} ${describe(state[name])}\n`).join('')

/** The same for programs, without credentials too: those are in `.services/state.json`. */
export const asJson = (names: readonly EngineName[], state: ServicesState): string => {
  const entries = names.map((name) => {
    const engine = state[name]
    return [
      name,
      engine?.status === 'running'
        ? { ...engine, url: withoutPassword(engine.url) }
        : (engine ?? { status: 'stopped' }),
    ]
  })
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
}
