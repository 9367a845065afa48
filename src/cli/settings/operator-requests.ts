import { resolve } from 'node:path'
import type { z } from 'zod'
import { ownKeys, requireOwnKeys } from '../../compose/identity/own-keys.ts'
import { type Config, loadConfig } from '../../config/config.ts'
import { issueToken } from '../../identity/tokens/issue-token.ts'
import { vouchFor } from '../token/vouch-for.ts'
import type { Environment } from './embedded-directory.ts'
import { requireAccounts, requireSigningKey } from './existing-directory.ts'
import { answerOf, noAnswer, refusal } from './operator-answers.ts'

/** The commands that ask a running server speak as this user; the token is for them alone and is not stored. */
const operator = { userId: 'backscroll-operator', deviceId: 'cli', roles: ['user', 'admin'] } as const
const tokenSeconds = 300

const operatorToken = async (config: Config): Promise<string> => {
  requireOwnKeys(config)
  requireSigningKey(config)
  requireAccounts(config)
  const { issuer, audience } = config.tokens
  const keys = await ownKeys(config)
  await vouchFor(config, operator)
  const { userId: user, deviceId: device, roles } = operator
  return issueToken({ keys, issuer, audience }, { user, device, roles, ttl: tokenSeconds })
}

const addressOf = ({ host, port }: Config): string => {
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
  return `http://${reached}:${port}`
}

export type OperatorMethod = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Requests to the running server of this data directory, signed for with the directory's own key. */
export const createOperatorRequests = (server: string | undefined, env: Environment) => {
  const config = loadConfig(env)
  const url = (server ?? addressOf(config)).replace(/\/$/, '')
  const asked = { url, directory: resolve(config.dataDirectory) }

  return async <Answer>(
    schema: z.ZodType<Answer>,
    path: string,
    body?: object,
    method?: OperatorMethod,
  ): Promise<Answer> => {
    const headers = new Headers({ authorization: `Bearer ${await operatorToken(config)}` })
    if (body !== undefined) headers.set('content-type', 'application/json')
    const asking = method ?? (body === undefined ? 'GET' : 'POST')
    const sent = { method: asking, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
    const response = await fetch(`${url}${path}`, sent).catch((error: unknown) => {
      throw noAnswer(url, error)
    })
    if (!response.ok) throw await refusal(response, asked)
    return answerOf(schema, response, asked)
  }
}

export type OperatorRequests = ReturnType<typeof createOperatorRequests>
