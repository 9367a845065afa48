import type { Credentials } from './credentials.ts'
import type { DaemonSpec } from './daemon.ts'
import type { EngineName } from './versions.ts'

/** Says one line about a step that takes long. */
export type Progress = (line: string) => void

/** How an engine runs as a process of this machine. */
export type NativeWay = {
  /** Engines that must run before this one. */
  needs: readonly EngineName[]
  /** What this machine lacks and this program cannot install, said for an operator; undefined when there is nothing. */
  missing: () => string | undefined
  /** Fetches, builds and lays out what is not there yet. Repeating it is cheap. */
  prepare: (port: number, progress: Progress) => Promise<void>
  daemon: (port: number) => DaemonSpec
  /** What `down --purge` deletes. */
  data: () => string
}

/** How it runs in a container, for compose and for Testcontainers alike. */
export type ContainerWay = {
  /** Where it listens inside. */
  port: number
  environment: Record<string, string>
  command?: readonly string[]
}

export type Engine = {
  name: EngineName
  /** With credentials. */
  url: (port: number, credentials: Credentials) => string
  /** Uses the engine as a client would; answers with its version, throws while it is not ready. */
  probe: (url: string) => Promise<string>
  /** `port` is where clients on this machine reach it. */
  container: (port: number, credentials: Credentials) => ContainerWay
  /** Absent where nobody builds it for a bare machine. */
  native?: NativeWay
}
