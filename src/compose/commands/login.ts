import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { OperatorError } from '../../ports/operator-error.ts'
import { createCredentials } from './credentials.ts'
import { refreshSignIn, signInByDeviceGrant } from './device-grant.ts'

export interface LoginOptions {
  readonly server: string
  readonly device?: string
  readonly scope: string
}

const newDevice = (): string => {
  const host = hostname()
    .replace(/[^A-Za-z0-9-]/g, '')
    .slice(0, 32)
  return `cli-${host}-${randomBytes(4).toString('hex')}`
}

const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** `backscroll login`: signs this machine in and keeps the tokens. */
export const login = async ({ server: url, device, scope }: LoginOptions, env: NodeJS.ProcessEnv): Promise<void> => {
  const server = url.replace(/\/$/, '')
  const credentials = createCredentials(env)
  const known = await credentials.read(server)
  const signedIn = await signInByDeviceGrant({
    server,
    device: device ?? known?.device ?? newDevice(),
    scope,
    show: ({ code, url: page, urlWithCode }) =>
      say(`Open ${page}\nand type the code   ${code}\n\n(or open ${urlWithCode})\n\nWaiting ...`),
  })
  await credentials.write(server, signedIn)
  say(`Signed in as device ${signedIn.device}. The tokens are in ${credentials.file}.`)
}

/** Refreshed a little early, so that what is printed can be used. */
const earlyMs = 60_000

/** `backscroll access-token`: prints one that is good for a minute at least. */
export const accessToken = async ({ server: url }: { readonly server: string }, env: NodeJS.ProcessEnv) => {
  const server = url.replace(/\/$/, '')
  const credentials = createCredentials(env)
  const known = await credentials.read(server)
  if (known === undefined) throw new OperatorError(`Not signed in to ${server}: run \`backscroll login\` first.`)
  const fresh = known.expiresAt - Date.now() > earlyMs ? known : await refreshSignIn(server, known)
  if (fresh !== known) await credentials.write(server, fresh)
  process.stdout.write(`${fresh.accessToken}\n`)
}
