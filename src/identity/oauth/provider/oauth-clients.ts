import { readFile } from 'node:fs/promises'
import type { ClientMetadata } from 'oidc-provider'
import { z } from 'zod'
import { OperatorError } from '../../../ports/errors/operator-error.ts'

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'
const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])
const uri = z.string().max(1024)

/** https; http for this machine alone; or an app's own scheme, which has a dot as in com.example.app [RFC 8252]. */
const isRedirectUri = (value: string): boolean => {
  if (!URL.canParse(value) || /[*#\s]/.test(value)) return false
  const { protocol, hostname, username, password } = new URL(value)
  if (username !== '' || password !== '') return false
  if (protocol === 'http:') return loopback.has(hostname)
  return protocol === 'https:' ? hostname !== '' && !loopback.has(hostname) : protocol.includes('.')
}
const redirectUri = uri.refine(
  isRedirectUri,
  'must be https, http on this machine, or an app scheme such as com.example.app:/',
)

/** A first-party client. All are public: they hold no secret and prove themselves by PKCE. */
export const clientSchema = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits and ._-'),
    name: z.string().min(1).max(64),
    redirectUris: z.array(redirectUri).max(32).default([]),
    postLogoutRedirectUris: z.array(redirectUri).max(32).default([]),
    /** May it sign in by a code that is typed in elsewhere? For programs that have no browser. */
    deviceGrant: z.boolean().default(false),
  })
  .refine(
    ({ redirectUris, deviceGrant: device }) => redirectUris.length > 0 || device,
    'needs a redirect URI or the device grant',
  )

export type OAuthClient = z.output<typeof clientSchema>

export const clientsSchema = z
  .array(clientSchema)
  .max(256)
  .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, 'a client id is listed twice')

const onThisMachine = (path: string) => ['127.0.0.1', '[::1]', 'localhost'].map((host) => `http://${host}${path}`)

/** The client chooses the port of a loopback redirect. */
export const defaultClients: readonly OAuthClient[] = [
  { id: 'backscroll-cli', name: 'Backscroll CLI', redirectUris: [], postLogoutRedirectUris: [], deviceGrant: true },
  {
    id: 'backscroll-web',
    name: 'Backscroll web app',
    redirectUris: onThisMachine('/callback'),
    postLogoutRedirectUris: onThisMachine('/'),
    deviceGrant: false,
  },
]

const isWebUri = (value: string) => value.startsWith('https:')

/**
 * In the authorization server's words. Only a client whose redirects are all https is a web client; the others are
 * native.
 */
export const metadataOf = (client: OAuthClient): ClientMetadata => {
  const web = client.redirectUris.length > 0 && client.redirectUris.every(isWebUri)
  const withCode = client.redirectUris.length > 0
  return {
    client_id: client.id,
    client_name: client.name,
    application_type: web ? 'web' : 'native',
    token_endpoint_auth_method: 'none',
    id_token_signed_response_alg: 'EdDSA',
    redirect_uris: [...client.redirectUris],
    post_logout_redirect_uris: [...client.postLogoutRedirectUris],
    response_types: withCode ? ['code'] : [],
    grant_types: [
      ...(withCode ? ['authorization_code'] : []),
      ...(client.deviceGrant ? [deviceGrant] : []),
      'refresh_token',
    ],
  }
}

/** May a page of this origin call the token endpoint for this client? The page that the client redirects to may. */
export const allowsOrigin = (redirectUris: readonly string[], origin: string): boolean => {
  if (!URL.canParse(origin)) return false
  const asked = new URL(origin)
  return redirectUris.some((value) => {
    const own = new URL(value)
    if (own.protocol === 'http:') return asked.protocol === 'http:' && asked.hostname === own.hostname
    return own.protocol === 'https:' && own.origin === asked.origin
  })
}

const readText = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw new OperatorError('BACKSCROLL_OAUTH_CLIENTS_FILE cannot be read', { cause: error })
  })

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new OperatorError('BACKSCROLL_OAUTH_CLIENTS_FILE is no JSON')
  }
}

/** The clients of the file, instead of the default ones. Throws an `OperatorError` that names every mistake. */
export const loadClients = async (file: string): Promise<readonly OAuthClient[]> => {
  const parsed = clientsSchema.safeParse(parseJson(await readText(file)))
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => `  ${path.join('.') || '(list)'}: ${message}`)
  throw new OperatorError(`BACKSCROLL_OAUTH_CLIENTS_FILE is wrong:\n${problems.join('\n')}`)
}

/** An ID token says its client as audience: it must not pass for an access token. */
export const checkClientIds = (clients: readonly OAuthClient[], audience: string): readonly OAuthClient[] => {
  if (!clients.some(({ id }) => id === audience)) return clients
  throw new OperatorError('BACKSCROLL_OAUTH_CLIENTS_FILE: no client may have the id that is BACKSCROLL_TOKEN_AUDIENCE')
}
