import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { BackscrollError, createOAuthTokens, signInByDevice } from '@backscroll/client'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { type JsonOption, print, say } from '../output.ts'
import { createCredentials } from './credentials.ts'

export interface LoginOptions extends JsonOption {
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

const refusals: Readonly<Record<string, string>> = {
  access_denied: 'It was cancelled.',
  expired_token: 'The code has expired: start again.',
}

/** The error, in a line. */
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
export const login = async (options: LoginOptions, env: NodeJS.ProcessEnv): Promise<void> => {
  const { server: url, device, scope } = options
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
  const { userId, deviceId: signedIn } = signIn
  const text = `Signed in as device ${signedIn}. The tokens are in ${credentials.file}.`
  if (options.json) print(options, { server: url, userId, deviceId: signedIn, file: credentials.file }, text)
  else say(text)
}

/** Refreshed a little early, so that the printed token can be used. */
const marginMs = 60_000

export interface AccessTokenOptions extends JsonOption {
  /** Without a slash at its end. */
  readonly server: string
}

/** `backscroll access-token`: prints one that is valid for a minute at least. */
export const accessToken = async (options: AccessTokenOptions, env: NodeJS.ProcessEnv): Promise<void> => {
  const { server: url } = options
  const tokens = createOAuthTokens({ url, clientId, store: createCredentials(env).of(url), marginMs })
  if ((await tokens.current()) === undefined)
    throw new OperatorError(`Not signed in to ${url}: run \`backscroll login\` first.`)
  const token = await told(tokens.token())
  print(options, { token }, token)
}
