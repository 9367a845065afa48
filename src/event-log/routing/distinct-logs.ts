import { OperatorError } from '../../ports/errors/operator-error.ts'

/** Throws an `OperatorError` when one log was named twice. */
export const checkDistinct = (logs: readonly { readonly epoch: string }[]): void => {
  const epochs = new Set(logs.map(({ epoch }) => epoch))
  if (epochs.size < logs.length)
    throw new OperatorError('BACKSCROLL_KURRENTDB_URL: two of the logs are the same one: name each once')
}

/** Why none of them takes appends now; undefined while one does. */
export const troubleOfAll = (logs: readonly { trouble(): string | undefined }[]): string | undefined => {
  const troubles = logs.map((log) => log.trouble())
  return troubles.includes(undefined) ? undefined : troubles[0]
}
