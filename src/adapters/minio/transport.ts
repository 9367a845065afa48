import http from 'node:http'
import https from 'node:https'

/** Answers that the client gives up on without reading them. */
const unread: ReadonlySet<number> = new Set([408, 429, 499, 500, 502, 503, 504, 520])

/**
 * Connections of one store, which end with it. Each exchange, with its bodies, has `timeoutMs`. The client itself
 * neither limits the time nor reads a "try later" answer, whose connection would then be lost.
 */
export const createTransport = (secure: boolean, timeoutMs: number) => {
  const options = { keepAlive: true, maxSockets: 50 }
  const agent = secure ? new https.Agent(options) : new http.Agent(options)

  const request = (asked: https.RequestOptions, onResponse: (response: http.IncomingMessage) => void) => {
    const send = secure ? https.request : http.request
    return send({ ...asked, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      if (unread.has(response.statusCode ?? 0)) response.resume()
      onResponse(response)
    })
  }
  // The only way in which the client calls it.
  return { agent, transport: { request: request as typeof http.request } }
}
