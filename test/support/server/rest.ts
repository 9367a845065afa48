import { createSigner, type Signing, type Told } from '../accounts/device-proof.ts'
import { type DeviceName, device as deviceNamed } from '../groups/mls-frames.ts'
import type { Tokens } from './tokens.ts'

export interface RestAnswer {
  readonly status: number
  readonly type: string
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came.
  readonly json: any
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** The requests of one device of a user. A body that is text goes as it is. */
export interface RestUser {
  (method: Method, path: string, body?: unknown): Promise<RestAnswer>
  readonly device: DeviceName
  /** Has the server know these users: it lets nobody bring in who was never there. */
  meet(users: readonly string[]): Promise<void>
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const request = async (url: string, init: RequestInit): Promise<RestAnswer & Told> => {
  const response = await fetch(url, init)
  const text = await response.text()
  const { status, headers } = response
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came.
  const json: any = parsed(text)
  const nonce = headers.get('dpop-nonce') ?? undefined
  return { status, type: headers.get('content-type') ?? '', text, json, nonce, code: json?.code }
}

/** `keys`: of a registered device, which signs what it asks. */
export const restOf = async (
  url: string,
  tokens: Tokens,
  user: string,
  device = 'phone',
  keys?: Signing,
): Promise<RestUser> =>
  Object.assign(callerOf(url, await tokens(user, device), keys), {
    device: deviceNamed(user, device),
    meet: async (users: readonly string[]) => {
      for (const one of users) await callerOf(url, await tokens(one))('GET', '/me')
    },
  })

/** Requests with this token. */
export const callerOf = (url: string, token: string, keys?: Signing) => {
  const { signed } = createSigner(keys)
  return (method: Method, path: string, body?: unknown) =>
    signed({ method, url: `${url}${path.split('?')[0]}`, token }, (proof) =>
      request(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...proof,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    )
}
