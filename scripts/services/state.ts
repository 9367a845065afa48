import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { layout } from './layout.ts'
import type { EngineName } from './versions.ts'

/**
 * What became of an engine at the last `up`. `unavailable` is not a failure: the machine lacks something that the engine needs.
 * `url` carries the credentials.
 */
export type EngineState =
  | { status: 'running'; by: 'native' | 'docker'; url: string; version: string }
  | { status: 'unavailable'; reason: string }
  | { status: 'failed'; reason: string }

export type ServicesState = Partial<Record<EngineName, EngineState>>

export const readState = (): ServicesState =>
  existsSync(layout.state) ? JSON.parse(readFileSync(layout.state, 'utf8')) : {}

/** Readable by its owner alone, and never seen half written. */
export const writeSecret = (path: string, text: string): void => {
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

export const recordState = (engine: EngineName, state: EngineState | undefined): void => {
  const { [engine]: _, ...others } = readState()
  const next: ServicesState = state === undefined ? others : { ...others, [engine]: state }
  writeSecret(layout.state, `${JSON.stringify(next, null, 2)}\n`)
}
