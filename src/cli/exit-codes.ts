import { CommanderError } from 'commander'
import { ConfigError } from '../config/config-problems.ts'
import { OperatorError } from '../ports/errors/operator-error.ts'
import { codeOf, fileTrouble } from '../runtime/file-trouble.ts'

/** The exit codes of all commands. docs/operations.md lists the same. */
export const exitCodes = { done: 0, failed: 1, usage: 2, operator: 78 } as const

/** A call that cannot be meant, found where commander does not look. One line. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export interface CommandEnd {
  readonly code: number
  /** For standard error; undefined where everything was said. */
  readonly line?: string
}

const causes = (error: unknown): readonly unknown[] =>
  error instanceof Error && error.cause !== undefined ? [error, ...causes(error.cause)] : [error]

/** Binaries are installed for one Node, and this one came later. */
const nativeLine = (error: unknown): string | undefined =>
  causes(error).some((one) => codeOf(one) === 'ERR_DLOPEN_FAILED')
    ? `A native module cannot be loaded by Node ${process.version} (${process.execPath}): it was built for another Node. Run \`npm ci\` in the directory of Backscroll with this Node`
    : undefined

/** A file that cannot be used, where the code has no words of its own. */
const fileLine = (error: unknown): string | undefined => {
  const trouble = fileTrouble(error)
  if (trouble !== undefined && error instanceof Error && 'path' in error) return `${error.path} ${trouble}`
  if (!(error instanceof Error) || !codeOf(error).startsWith('SQLITE_')) return undefined
  return `A file of the data directory cannot be used (${error.message}): run \`backscroll doctor\`, which says which one`
}

const operatorLine = (error: unknown): string | undefined =>
  error instanceof ConfigError || error instanceof OperatorError
    ? error.message
    : (nativeLine(error) ?? fileLine(error))

/** Commander has written its line, and suggested the nearest name, by itself. */
const ofCommander = ({ exitCode }: CommanderError): CommandEnd => ({
  code: exitCode === 0 ? exitCodes.done : exitCodes.usage,
})

/** How a command ends that threw. Only an unexpected error shows a stack. */
export const endOf = (error: unknown): CommandEnd => {
  if (error instanceof CommanderError) return ofCommander(error)
  if (error instanceof UsageError) return { code: exitCodes.usage, line: error.message }
  const line = operatorLine(error)
  if (line !== undefined) return { code: exitCodes.operator, line }
  return { code: exitCodes.failed, line: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
