import type { ClientOptions } from '../../src/client/client-api.ts'
import { type ClientWebSocket, openWebSocket } from '../../src/client/web-socket.ts'

type Json = Record<string, unknown>

/** A server that does what it likes: it changes what it answers and what it tells, on its way to one client. */
export interface DishonestServer {
  readonly options: Required<Pick<ClientOptions, 'fetch' | 'webSocket'>>
  /** What REST answers; undefined: as it is. */
  onAnswer: (path: string, answer: Json) => Promise<Json | undefined>
  /** Each event that it tells; undefined: none. */
  onEvent: (event: Json) => Json | undefined
  /** Tells something out of the blue. */
  tell(frame: Json): void
}

export const createDishonestServer = (): DishonestServer => {
  let current: ClientWebSocket | undefined
  const changed = (frame: Json): Json => {
    const result = frame.result as Json | undefined
    const change = (events: unknown) => (events as Json[]).flatMap((event) => server.onEvent(event) ?? [])
    if (frame.type === 'events') return { ...frame, events: change(frame.events) }
    return result !== undefined && 'events' in result
      ? { ...frame, result: { ...result, events: change(result.events) } }
      : frame
  }
  const server: DishonestServer = {
    onAnswer: async () => undefined,
    onEvent: (event) => event,
    tell: (frame) => current?.onmessage?.({ data: JSON.stringify(frame) }),
    options: {
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        if (!response.headers.get('content-type')?.includes('json') || !response.ok) return response
        const answer = (await response.json()) as Json
        return Response.json((await server.onAnswer(new URL(String(input)).pathname, answer)) ?? answer)
      },
      webSocket: (url, protocols) => {
        const real = openWebSocket(url, protocols)
        const shell: ClientWebSocket = {
          onopen: null,
          onmessage: null,
          onclose: null,
          onerror: null,
          send: (text) => real.send(text),
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
