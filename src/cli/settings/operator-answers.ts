import { problem } from '@backscroll/protocol/rest/problem'
import type { z } from 'zod'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { codeOf } from '../../runtime/file-trouble.ts'

/** A proxy in front of the server may leave a field out. */
const refusalText = problem.pick({ detail: true, title: true }).partial()

interface Asked {
  readonly url: string
  /** Whose key has signed. */
  readonly directory: string
}

const foreign = (url: string, cause?: unknown): OperatorError =>
  new OperatorError(`What answers at ${url} is no Backscroll server: check --server, or BACKSCROLL_PORT`, { cause })

/** The answer is not HTTP, or the connection was closed without one. */
const speaksSomethingElse = (error: unknown): boolean =>
  error instanceof Error &&
  error.cause instanceof Error &&
  (error.cause.name === 'HTTPParserError' || codeOf(error.cause) === 'UND_ERR_SOCKET')

export const noAnswer = (url: string, error: unknown): OperatorError =>
  speaksSomethingElse(error)
    ? foreign(url, error)
    : new OperatorError(`No server answers at ${url}: start it, or name it with --server`, { cause: error })

const parsed = (response: Response): Promise<unknown> => response.json().catch(() => undefined)

/** Why it did not do what was asked. */
export const refusal = async (response: Response, { url, directory }: Asked): Promise<OperatorError> => {
  const body = await parsed(response)
  // A proxy answers with its own page while the server is unavailable.
  if (body === undefined && response.status < 500) return foreign(url)
  if (response.status === 401)
    return new OperatorError(
      `The server at ${url} does not know the key of ${directory}: is BACKSCROLL_DATA the server's?`,
    )
  const { data } = refusalText.safeParse(body)
  const text = data?.detail ?? data?.title ?? 'it gave no reason'
  return new OperatorError(`The server refused (${response.status}): ${text}`)
}

export const answerOf = async <Answer>(
  schema: z.ZodType<Answer>,
  response: Response,
  { url }: Asked,
): Promise<Answer> => {
  const { data, success, error } = schema.safeParse(await parsed(response))
  if (!success) throw foreign(url, error)
  return data
}
