import { proofHeader, proofNonceHeader } from '@backscroll/protocol/device-proof'
import { limits } from '@backscroll/protocol/limits'
import { problem } from '@backscroll/protocol/rest/problem'
import { forReading } from '@backscroll/protocol/rest/reading'
import { timeHeader } from '@backscroll/protocol/server-time'
import type { z } from 'zod'
import { owned } from '../encoding/bytes.ts'
import { BackscrollError, blamesToken, toBackscrollError } from '../errors/backscroll-error.ts'
import { unreachable } from '../errors/unreachable-server.ts'
import type { DeviceProver } from '../sign-in/device-prover.ts'
import type { TokenSource } from '../sign-in/token-source.ts'
import { backoffMs } from '../time/backoff.ts'
import { type Clock, sleep } from '../time/clock.ts'
import { bodyOf, jsonOf, refusalBytes } from './bounded-body.ts'

/** A newer server may have other codes, and a proxy answers in its own words. */
const refusal = problem
  .pick({ temporary: true, retryAfterMs: true, details: true })
  .partial()
  .extend({
    code: problem.shape.code.catch('internal'),
    detail: problem.shape.detail.catch('The server refused the request'),
  })

export type Query = Readonly<Record<string, string | number | undefined>>

interface RestRequest<Body> {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Begins with a slash; its parts are encoded. */
  readonly path: string
  readonly query?: Query
  readonly body?: unknown
  /** The schema of the answer, the same as the server's. */
  readonly schema: z.ZodType<Body>
}

/** A request with a binary body or additional headers. */
interface RawRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly bytes?: Uint8Array
  /** Ends the request early. For this request alone. */
  readonly signal?: AbortSignal
  /** Follows a redirect: a file may lie in the store of the server's operator. */
  readonly follow?: boolean
}

type Asked = Omit<RestRequest<unknown>, 'schema' | 'method'> &
  Partial<Omit<RawRequest, 'method' | 'path'>> & {
    readonly method?: RestRequest<unknown>['method'] | RawRequest['method']
  }

export interface Rest {
  /** One request. Rejects with `BackscrollError`; `unavailable` when the server cannot be reached. */
  request<Body>(request: RestRequest<Body>): Promise<Body>
  /** The same for reads, repeated a few times while the error is temporary. */
  read<Body>(request: RestRequest<Body>): Promise<Body>
  /** A read that is answered with bytes. */
  bytes(path: string, query: Query): Promise<Uint8Array>
}

export interface RawRest {
  /** Sends one request and returns the response unread. Rejects like `request`. */
  raw(request: RawRequest): Promise<Response>
}

export interface RestDeps {
  readonly url: string
  readonly token: TokenSource
  /** The prover of this device's key, as soon as it has one. */
  readonly prover: () => DeviceProver | undefined
  readonly fetch: typeof fetch
  /** The error that reports a refusal, given the token of the request. */
  readonly blame?: (token: string, refusal: BackscrollError) => BackscrollError
  readonly clock: Clock
  readonly random: () => number
  /** What an answer says of the server's time, milliseconds since the Unix epoch. */
  readonly onServerTime?: (serverTime: number) => void
}

const timeoutMs = 30_000
/** Requests with binary bodies have a longer time limit. */
const rawTimeoutMs = 120_000
const attempts = 4
/** A nonce that is too old is replaced; once more if the server's date is set at that moment. */
const nonceAttempts = 2

/** Ends after `ms`, or with the other one, which is for this request alone. Safari 17 has no `AbortSignal.any`. */
const timed = (ms: number, other: AbortSignal | undefined): AbortSignal => {
  const timeout = AbortSignal.timeout(ms)
  if (other === undefined) return timeout
  const either = new AbortController()
  const end = () => either.abort()
  for (const one of [timeout, other]) one.addEventListener('abort', end, { once: true })
  if (other.aborted) end()
  return either.signal
}

const urlOf = (base: string, path: string, query: Query = {}): string => {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
  const text = parameters.toString()
  return `${base.replace(/\/+$/, '')}${path}${text === '' ? '' : `?${text}`}`
}

/** A refusal without a readable body, from the status alone. */
const ofHead = (response: Response, told: string | null): BackscrollError => {
  if (response.status === 401 && told !== null) return new BackscrollError('use_dpop_nonce')
  if (response.status === 404) return new BackscrollError('not_found')
  return new BackscrollError(response.status >= 500 ? 'unavailable' : 'internal', {
    message: `HTTP ${response.status}`,
  })
}

const refusalOf = async (response: Response): Promise<BackscrollError> => {
  const parsed = refusal.safeParse(await jsonOf(response, refusalBytes).catch(() => ({})))
  const { code, detail, ...facts } = parsed.data ?? { code: 'internal' as const, detail: `HTTP ${response.status}` }
  return new BackscrollError(code, { message: detail, ...facts })
}

export const createRest = (deps: RestDeps): Rest & RawRest => {
  // A browser's fetch refuses to be called as a method of another object.
  const { fetch: send } = deps
  const refuse = async (thrown: unknown) => Promise.reject(await unreachable(deps.url, send, thrown))
  /** An answer that breaks off counts as none. */
  const whole = <Value>(reading: Promise<Value>): Promise<Value> => reading.catch(refuse)
  /** What the server told last. */
  let nonce: string | undefined

  const proofOf = async (method: string, path: string, token: string, said: string | undefined) => {
    const proof = await deps.prover()?.prove({ method, url: urlOf(deps.url, path), token, nonce: said })
    return proof === undefined ? {} : { [proofHeader]: proof }
  }
  const respond = async (request: Asked, fresh: boolean, own: { nonce?: string }): Promise<Response> => {
    const { method = 'GET', path, query, body, headers, bytes, signal } = request
    const token = await deps.token.get(fresh)
    const proof = await proofOf(method, path, token, own.nonce ?? nonce)
    const response = await send(urlOf(deps.url, path, query), {
      method,
      // Anything else would be sent wherever the server says, with the device's proof.
      redirect: request.follow === true ? 'follow' : 'error',
      headers: {
        authorization: `Bearer ${token}`,
        ...proof,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(bytes === undefined ? {} : { body: owned(bytes) }),
      signal: timed(headers === undefined ? timeoutMs : rawTimeoutMs, signal),
    }).catch(refuse)
    const told = response.headers.get(proofNonceHeader)
    if (told !== null) nonce = own.nonce = told
    const serverTime = response.headers.get(timeHeader)
    if (serverTime !== null) deps.onServerTime?.(Number(serverTime))
    if (response.ok) return response
    const refusal = method === 'HEAD' ? ofHead(response, told) : await refusalOf(response)
    throw deps.blame?.(token, refusal) ?? refusal
  }
  /** With the nonce from its own refusal, whatever other answers say meanwhile. */
  const proven = async (wanted: Asked, fresh: boolean): Promise<Response> => {
    const own: { nonce?: string } = {}
    for (let left = nonceAttempts; ; left -= 1)
      try {
        return await respond(wanted, fresh && left === nonceAttempts, own)
      } catch (thrown) {
        if (left === 0 || toBackscrollError(thrown).code !== 'use_dpop_nonce') throw thrown
      }
  }
  /** A refused token is replaced once. */
  const ask = async <Value>(wanted: Asked, take: (response: Response) => Promise<Value>): Promise<Value> => {
    try {
      return await take(await proven(wanted, false))
    } catch (thrown) {
      const error = toBackscrollError(thrown)
      if (!blamesToken(error)) throw error
      return take(await proven(wanted, true))
    }
  }
  const request = <Body>(wanted: RestRequest<Body>): Promise<Body> =>
    ask(wanted, async (response) => forReading(wanted.schema).parse(await whole(jsonOf(response, limits.answerBytes))))
  const patiently = async <Value>(attemptOnce: () => Promise<Value>): Promise<Value> => {
    for (let attempt = 0; ; attempt += 1)
      try {
        return await attemptOnce()
      } catch (thrown) {
        const error = toBackscrollError(thrown)
        if (!error.temporary || attempt + 1 >= attempts) throw error
        await sleep(deps.clock, backoffMs(attempt, deps.random(), error.retryAfterMs))
      }
  }
  return {
    request,
    read: (wanted) => patiently(() => request(wanted)),
    raw: (wanted) => ask(wanted, async (response) => response),
    bytes: (path, query) =>
      patiently(() => ask({ path, query }, (response) => whole(bodyOf(response, limits.answerBytes)))),
  }
}
