import { LogError } from '../../../../ports/errors/log-error.ts'
import { fileDamage, isFileTrouble, type LogFinding, lineOf } from './finding.ts'

/** Remembers what was found wrong with an open log: from then on it takes no appends. */
export interface DamageWatch {
  /** The line of the first finding. */
  trouble(): string | undefined
  report(finding: LogFinding): void
  /** Reports, and throws `log_damaged`. */
  fail(finding: LogFinding): never
  /** The answer of `read`. Throws `log_damaged`, and reports it, where the file cannot be read or is damaged. */
  guard<Result>(read: () => Result): Result
}

const damaged = (finding: LogFinding): LogError => new LogError('log_damaged', lineOf(finding))

/** `onFinding` gets each finding, even if the same damage is found again. */
export const createDamageWatch = (onFinding: (finding: LogFinding) => void = () => {}): DamageWatch => {
  let first: string | undefined
  const report = (finding: LogFinding): void => {
    first ??= lineOf(finding)
    onFinding(finding)
  }
  const fail = (finding: LogFinding): never => {
    report(finding)
    throw damaged(finding)
  }
  return {
    trouble: () => first,
    report,
    fail,
    guard(read) {
      try {
        return read()
      } catch (error) {
        return isFileTrouble(error) ? fail(fileDamage(error)) : throwOn(error)
      }
    },
  }
}

const throwOn = (error: unknown): never => {
  throw error
}
