import type { DaemonSpec } from './daemon.ts'
import type { EngineName } from './versions.ts'

/** Says one line about a step that takes long. */
export type Progress = (line: string) => void

/** An engine that this machine may run without containers. */
export type NativeEngine = {
  name: EngineName
  /** Engines that must run before this one. */
  needs: readonly EngineName[]
  /** The tool that this machine lacks and this program cannot install, said for an operator; undefined when there is none. */
  missing: () => string | undefined
  /** Fetches, builds and lays out what is not there yet. Repeating it is cheap. */
  prepare: (port: number, progress: Progress) => Promise<void>
  daemon: (port: number) => DaemonSpec
  /** With credentials. */
  url: (port: number) => string
  /** Uses the engine as a client would; answers with its version, throws while it is not ready. */
  probe: (url: string) => Promise<string>
  /** Where its data lies: what `down --purge` deletes. */
  data: () => string
}
