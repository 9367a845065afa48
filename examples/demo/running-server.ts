import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { createRest } from '../../packages/client/src/rest/rest-client.ts'
import { createTokenSource } from '../../packages/client/src/sign-in/token-source.ts'
import { systemClock } from '../../packages/client/src/time/clock.ts'
import { UsageError } from '../../src/cli/exit-codes.ts'
import { type Config, loadConfig } from '../../src/config/config.ts'
import { issueToken } from '../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../src/identity/tokens/keys/local-keys.ts'
import { OperatorError } from '../../src/ports/errors/operator-error.ts'
import { codeOf } from '../../src/runtime/file-trouble.ts'
import type { DemoDevice } from './demo-device.ts'
import type { DemoServer } from './demo-server.ts'

const eventsPage = z.object({ events: z.array(z.object({ data: z.object({ ciphertext: z.string() }) })) })

type Token = DemoServer['token']

const signer = async ({ dataDirectory, tokens: { issuer, audience } }: Config): Promise<Token> => {
  const directory = join(dataDirectory, 'keys')
  if (!existsSync(directory))
    throw new OperatorError(`No keys in ${directory}: BACKSCROLL_DATA names the server's data directory`)
  const by = { keys: await createLocalKeys(directory), issuer, audience }
  return (user, device) => issueToken(by, { user, device, ttl: 3600 })
}

const ask = async (url: string, token: string): Promise<Response> => {
  if (!URL.canParse(url)) throw new UsageError(`--url ${url} is no URL, as in http://127.0.0.1:8080`)
  try {
    return await fetch(new URL('/me', url), { headers: { authorization: `Bearer ${token}` } })
  } catch (error) {
    const why = error instanceof Error ? codeOf(error.cause) || error.message : String(error)
    throw new OperatorError(`No server answers at ${url} (${why}): start one with \`npm start\`, or check the URL`)
  }
}

/** Asks as a device that has no key yet. */
const checkTokens = async (url: string, token: string): Promise<void> => {
  const response = await ask(url, token)
  if (response.status === 401)
    throw new OperatorError(
      `${url} does not take our tokens: BACKSCROLL_DATA names the data directory of another server`,
    )
  if (!response.ok) throw new OperatorError(`${url} answers ${response.status}: is it a server of Backscroll?`)
}

/** Requests of a running SDK client's device: signed by its key. */
const restOf = (url: string, token: () => Promise<string>, { client }: DemoDevice) =>
  createRest({
    ...{ url, fetch, clock: systemClock, random: Math.random },
    token: createTokenSource({ provide: token, clock: systemClock, time: { now: Date.now, isTold: () => false } }),
    prover: client.prover,
  })

/** Servers that run already, with new people each time: processes of one cluster, or a single one. Tokens are signed with the key in `BACKSCROLL_DATA`. */
export const joinServers = async (urls: readonly [string, ...string[]]): Promise<DemoServer> => {
  const token = await signer(loadConfig(process.env))
  const suffix = randomBytes(3).toString('hex')
  const user = (name: string): string => `${name}-${suffix}`
  for (const url of urls) await checkTokens(url, await token(user('alice'), 'phone'))
  let devices = 0
  return {
    description: `The server runs at ${urls.join(' and ')}.`,
    url: () => urls[devices++ % urls.length] ?? urls[0],
    user,
    token,
    storedBody: async (conversationId, revision, phone) => {
      const rest = restOf(urls[0], () => token(user('alice'), 'phone'), phone)
      const path = `/conversations/${conversationId}/events`
      const { events } = await rest.read({ path, query: { from: revision, limit: 1 }, schema: eventsPage })
      return Buffer.from(events[0]?.data.ciphertext ?? '', 'base64')
    },
    stop: async () => undefined,
  }
}
