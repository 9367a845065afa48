/** How much one process has to do now. */
export interface ProcessReport {
  readonly processId: string
  /** Empty in the embedded profile. */
  readonly roles: readonly string[]
  readonly connections: number
  readonly transfers: number
  readonly waitingReads: number
  readonly unreadBytes: number
}

/** Asks all processes. Those that do not answer within a second are left out. */
export type AskProcesses = () => Promise<readonly ProcessReport[]>
