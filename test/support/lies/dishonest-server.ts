import type { ClientOptions } from '../../../packages/client/src/api/client-api.ts'
import { type ClientWebSocket, openWebSocket } from '../../../packages/client/src/platform/web-socket.ts'

type Json = Record<string, unknown>

/** A server that does what it likes: it changes what it answers and what it tells, on its way to one client. */
export interface DishonestServer {
  readonly options: Required<Pick<ClientOptions, 'fetch' | 'webSocket'>>
  /** What REST answers; undefined: as it is. */
  onAnswer: (path: string, answer: Json) => Promise<Json | undefined>
  /** Each event that it tells; undefined: none; or several in its place. */
  onEvent: (event: Json) => Json | readonly Json[] | undefined
  /** Answers a request itself; undefined: the true server does. */
  onRequest: (path: string, init: RequestInit) => Response | undefined
  /** Answers a frame itself, which never reaches the true server; undefined: it does. */
  onFrame: (frame: Json) => Json | undefined
  /** What it answers to a frame. */
  onResult: (result: Json) => Json
  /** Breaks the connection. */
  drop(): void
  /** Tells something out of the blue. */
  tell(frame: Json): void
}

export const createDishonestServer = (): DishonestServer => {
  let current: ClientWebSocket | undefined
  const changed = (frame: Json): Json => {
    const result = frame.result as Json | undefined
    const change = (events: unknown) => (events as Json[]).flatMap((event) => server.onEvent(event) ?? [])
    if (result !== undefined && !('events' in result)) return { ...frame, result: server.onResult(result) }
    if (frame.type === 'events') return { ...frame, events: change(frame.events) }
    return result !== undefined && 'events' in result
      ? { ...frame, result: { ...result, events: change(result.events) } }
      : frame
  }
  const server: DishonestServer = {
    onAnswer: async () => undefined,
    onEvent: (event) => event,
    onRequest: () => undefined,
    onFrame: () => undefined,
    onResult: (result) => result,
    drop: () => current?.close(4000, ''),
    tell: (frame) => current?.onmessage?.({ data: JSON.stringify(frame) }),
    options: {
      fetch: async (input, init) => {
        const { pathname } = new URL(String(input))
        const response = server.onRequest(pathname, init ?? {}) ?? (await fetch(input, init))
        if (!response.headers.get('content-type')?.includes('json') || !response.ok) return response
        const answer = (await response.json()) as Json
        return Response.json((await server.onAnswer(pathname, answer)) ?? answer)
      },
      webSocket: (url, protocols) => {
        const real = openWebSocket(url, protocols)
        const shell: ClientWebSocket = {
          onopen: null,
          onmessage: null,
          onclose: null,
          onerror: null,
          send: (text) => {
            const answer = server.onFrame(JSON.parse(text) as Json)
            if (answer === undefined) real.send(text)
            else queueMicrotask(() => shell.onmessage?.({ data: JSON.stringify(answer) }))
          },
          close: (code, reason) => real.close(code, reason),
        }
        real.onopen = () => shell.onopen?.()
        real.onclose = (event) => shell.onclose?.(event)
        real.onerror = () => shell.onerror?.()
        real.onmessage = ({ data }) =>
          shell.onmessage?.({ data: JSON.stringify(changed(JSON.parse(String(data)) as Json)) })
        current = shell
        return shell
      },
    },
  }
  return server
}
