import { problemOf, problemOfStatus } from './tus-problems.ts'
import { loadTusServer, type TusDeps, type TusServer } from './tus-server.ts'

/** A tus request of an authenticated user. */
export interface TusRequest {
  readonly userId: string
  readonly method: string
  /** Path and query, as requested. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array> | undefined
}

export interface TusAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** The headers that tus determines. The server sets the others. */
const answered = ['tus-resumable', 'location', 'upload-offset', 'upload-length', 'upload-expires', 'cache-control']

/** Never cancelled: the server closes a request whose body is not read to the end. */
const streamOf = (body: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> => {
  const chunks = body[Symbol.asyncIterator]()
  return new ReadableStream({
    pull: async (controller) => {
      const next = await chunks.next()
      if (next.done === true) controller.close()
      else controller.enqueue(next.value)
    },
  })
}

const requestOf = ({ method, url, headers, body }: TusRequest): Request =>
  new Request(new URL(url, 'http://uploads'), {
    method,
    headers,
    ...(body !== undefined && { body: streamOf(body), duplex: 'half' }),
  })

const answerOf = ({ status, headers }: Response): TusAnswer => ({
  status,
  headers: Object.fromEntries([...headers].filter(([name]) => answered.includes(name))),
})

/** Answers tus 1.0 requests. Rejects with the cause of a failure, which may be a `ProtocolError`. */
export const createTus = (deps: TusDeps) => {
  const users = new WeakMap<Request, string>()
  const failures = new WeakMap<Request, unknown>()
  let loading: Promise<TusServer> | undefined

  const server = (): Promise<TusServer> => {
    loading ??= loadTusServer(
      deps,
      (request) => users.get(request) ?? '',
      (request, failure) => failures.set(request, failure),
    )
    return loading
  }

  return async (asked: TusRequest): Promise<TusAnswer> => {
    const request = requestOf(asked)
    users.set(request, asked.userId)
    const response = await (await server())(request)
    if (failures.has(request)) throw problemOf(failures.get(request))
    if (!response.ok) throw problemOfStatus(response.status, await response.text())
    return answerOf(response)
  }
}
