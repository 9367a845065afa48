import { type DeviceName, device as deviceNamed } from './mls-frames.ts'
import type { Tokens } from './server-tokens.ts'

export interface RestAnswer {
  readonly status: number
  readonly type: string
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came.
  readonly json: any
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** The requests of one device of a user. A body that is text goes as it is. */
export interface RestUser {
  (method: Method, path: string, body?: unknown): Promise<RestAnswer>
  readonly device: DeviceName
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const request = async (url: string, init: RequestInit): Promise<RestAnswer> => {
  const response = await fetch(url, init)
  const text = await response.text()
  return { status: response.status, type: response.headers.get('content-type') ?? '', text, json: parsed(text) }
}

export const restOf = async (url: string, tokens: Tokens, user: string, device = 'phone'): Promise<RestUser> => {
  const authorization = `Bearer ${await tokens(user, device)}`
  const call = (method: Method, path: string, body?: unknown) =>
    request(`${url}${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  return Object.assign(call, { device: deviceNamed(user, device) })
}
