import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { issueToken } from '../../src/auth/issue-token.ts'
import { createLocalKeys } from '../../src/auth/local-keys.ts'
import { type Config, loadConfig } from '../../src/config.ts'
import type { DemoServer } from './demo-server.ts'

interface EventsPage {
  readonly events: readonly { readonly revision: number; readonly data: { readonly ciphertext?: string } }[]
}

type Token = DemoServer['token']

const signer = async ({ dataDirectory, tokens: { issuer, audience } }: Config): Promise<Token> => {
  const directory = join(dataDirectory, 'keys')
  if (!existsSync(directory))
    throw new Error(`no keys in ${directory}: BACKSCROLL_DATA names the server's data directory`)
  const by = { keys: await createLocalKeys(directory), issuer, audience }
  return (user, device) => issueToken(by, { user, device, ttl: 3600 })
}

const get = async (url: string, path: string, token: string): Promise<unknown> => {
  const response = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${token}` } })
  if (response.status === 401)
    throw new Error(`${url} does not take our tokens: BACKSCROLL_DATA names the data directory of another server`)
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${await response.text()}`)
  return response.json()
}

/** Servers that run already, with new people each time: processes of one cluster, or a single one. Tokens are signed with the key in `BACKSCROLL_DATA`. */
export const joinServers = async (urls: readonly [string, ...string[]]): Promise<DemoServer> => {
  const token = await signer(loadConfig(process.env))
  const suffix = randomBytes(3).toString('hex')
  const user = (name: string): string => `${name}-${suffix}`
  for (const url of urls) await get(url, '/me', await token(user('alice'), 'phone'))
  let devices = 0
  return {
    description: `The server runs at ${urls.join(' and ')}.`,
    url: () => urls[devices++ % urls.length] ?? urls[0],
    user,
    token,
    storedBody: async (conversationId, revision) => {
      const path = `/conversations/${conversationId}/events?from=${revision}&limit=1`
      const { events } = (await get(urls[0], path, await token(user('alice'), 'phone'))) as EventsPage
      return Buffer.from(events[0]?.data.ciphertext ?? '', 'base64')
    },
    stop: async () => undefined,
  }
}
