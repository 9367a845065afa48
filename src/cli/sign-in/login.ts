import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { BackscrollError, createOAuthTokens, signInByDevice } from '@backscroll/client'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { createCredentials } from './credentials.ts'

export interface LoginOptions {
  readonly server: string
  readonly device?: string
  readonly scope: string
}

const clientId = 'backscroll-cli'

const newDevice = (): string => {
  const host = hostname()
    .replace(/[^A-Za-z0-9-]/g, '')
    .slice(0, 32)
  return `cli-${host}-${randomBytes(4).toString('hex')}`
}

const say = (text: string): void => void process.stderr.write(`${text}\n`)

const refusals: Readonly<Record<string, string>> = {
  access_denied: 'It was cancelled.',
  expired_token: 'The code has expired: start again.',
}

/** What went wrong, in a line. */
const told = async <Value>(step: Promise<Value>): Promise<Value> => {
  try {
    return await step
  } catch (thrown) {
    if (!(thrown instanceof BackscrollError)) throw thrown
    const text = refusals[String(thrown.details?.reason)] ?? thrown.message
    throw new OperatorError(thrown.code === 'signed_out' ? 'The sign-in is over: run `backscroll login` again.' : text)
  }
}

/** `backscroll login`: signs this machine in and keeps the tokens. */
export const login = async ({ server, device, scope }: LoginOptions, env: NodeJS.ProcessEnv): Promise<void> => {
  const url = server.replace(/\/$/, '')
  const credentials = createCredentials(env)
  const deviceId = device ?? (await credentials.deviceOf(url)) ?? newDevice()
  const signIn = await told(
    signInByDevice({
      ...{ url, clientId, deviceId, scope },
      show: ({ code, url: page, urlWithCode }) =>
        say(`Open ${page}\nand type the code   ${code}\n\n(or open ${urlWithCode})\n\nWaiting ...`),
    }),
  )
  await credentials.of(url).save(signIn)
  say(`Signed in as device ${signIn.deviceId}. The tokens are in ${credentials.file}.`)
}

/** Refreshed a little early, so that what is printed can be used. */
const marginMs = 60_000

/** `backscroll access-token`: prints one that is good for a minute at least. */
export const accessToken = async ({ server }: { readonly server: string }, env: NodeJS.ProcessEnv) => {
  const url = server.replace(/\/$/, '')
  const tokens = createOAuthTokens({ url, clientId, store: createCredentials(env).of(url), marginMs })
  if ((await tokens.current()) === undefined)
    throw new OperatorError(`Not signed in to ${url}: run \`backscroll login\` first.`)
  process.stdout.write(`${await told(tokens.token())}\n`)
}
