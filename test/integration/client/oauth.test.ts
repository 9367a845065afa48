import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import { beginCodeSignIn, endCodeSignIn } from '../../../packages/client/src/sign-in/authorization-code-sign-in.ts'
import { signInByDevice } from '../../../packages/client/src/sign-in/device-code-sign-in.ts'
import type { SignIn } from '../../../packages/client/src/sign-in/oauth-requests.ts'
import { createOAuthTokens, type SignInStore } from '../../../packages/client/src/sign-in/oauth-tokens.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { startEmbedded } from '../../../src/compose/embedded/start-embedded.ts'
import type { Running } from '../../../src/compose/running.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { conversationEvents, eventually, record } from '../../support/client/client-world.ts'
import { openBrowser } from '../../support/oauth/browser.ts'
import { approveDevice, signInWith } from '../../support/oauth/client.ts'
import { password } from '../../support/oauth/world.ts'

const web = { clientId: 'backscroll-web', redirectUri: 'http://127.0.0.1:7777/callback' }

const createSignInStore = (): SignInStore & { kept: SignIn | undefined } => {
  const store = {
    kept: undefined as SignIn | undefined,
    load: async () => store.kept,
    save: async (signIn: SignIn | undefined) => {
      store.kept = signIn
    },
  }
  return store
}

describe('Signing in with the SDK, at a real server', () => {
  let directory: string
  let server: Running
  const clients: BackscrollClient[] = []
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'backscroll-client-oauth-'))
    const env = { BACKSCROLL_DATA: directory, BACKSCROLL_PORT: '0', BACKSCROLL_ACCESS_TOKEN_SECONDS: '60' }
    server = await startEmbedded(loadConfig(env), createLogger({ level: 'silent' }))
    for (const login of ['ann', 'bob'])
      await fetch(`${server.url}/accounts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ login, password }),
      })
  })
  afterAll(async () => {
    for (const client of clients) await client.close()
    await server.stop()
    await rm(directory, { recursive: true, force: true })
  })

  const byCode = async (login: string, deviceId: string) => {
    const options = { url: server.url, ...web, deviceId }
    const { address, pending } = beginCodeSignIn(options)
    const back = await signInWith(openBrowser(server.url), address, login)
    return { options, pending, back: back.href }
  }
  const open = async ({ userId, deviceId }: SignIn, token: (instead?: string) => Promise<string>) => {
    const client = await createClient({ url: server.url, userId, deviceId, token, store: createMemoryStore() })
    clients.push(client)
    return client
  }

  it('in a browser by a code: the client runs on its tokens, renews them, and stops when the sign-in is over', async () => {
    const { options, pending, back } = await byCode('ann', 'browser')
    const signIn = await endCodeSignIn(options, pending, back)
    expect(signIn).toMatchObject({ deviceId: 'browser' })
    const store = createSignInStore()
    let now = Date.now()
    let signedOut = 0
    const tokens = createOAuthTokens({
      ...{ ...options, store, now: () => now },
      onSignedOut: () => {
        signedOut += 1
      },
    })
    await tokens.signedIn(signIn)
    const ann = await open(signIn, tokens.token)
    ann.start()
    await ann.whenLive()

    const terminal = { url: server.url, clientId: 'backscroll-cli', deviceId: 'terminal', interval: 0.05 }
    const approvals: Promise<void>[] = []
    const show = ({ urlWithCode }: { readonly urlWithCode: string }) =>
      void approvals.push(approveDevice(server.url, urlWithCode, 'bob'))
    const bobs = await signInByDevice({ ...terminal, show })
    await Promise.all(approvals)
    const bobsStore = createSignInStore()
    await bobsStore.save(bobs)
    const bob = await open(bobs, createOAuthTokens({ ...terminal, store: bobsStore }).token)
    const log = record(bob)
    bob.start()
    await bob.whenLive()
    await ann.send({ user: bobs.userId }, { text: 'hello' })
    await eventually(() => conversationEvents(log).some(({ type }) => type === 'message'), 'the message')

    now += 3_600_000
    const [one, two] = await Promise.all([tokens.token(), tokens.token()])
    expect(one).toBe(two)
    expect(store.kept?.accessToken).toBe(one)
    expect(store.kept?.refreshToken).not.toBe(signIn.refreshToken)
    now = Date.now()
    await tokens.signOut()
    await ann.close()
    const again = await open(signIn, tokens.token)
    const reasons: string[] = []
    again.on('state', ({ state }) => state.name === 'stopped' && reasons.push(state.reason))
    again.start()
    await eventually(() => reasons.length > 0, 'the end of the client')
    expect(reasons).toEqual(['signed_out'])
    expect(signedOut).toBeGreaterThan(0)
  }, 30_000)

  it('says why it failed: another sign-in, a code that was used, a user who said no', async () => {
    const { options, pending, back } = await byCode('ann', 'tab')
    const foreign = beginCodeSignIn(options).pending
    const reason = (value: string) => ({ code: 'sign_in_failed', details: { reason: value } })
    await expect(endCodeSignIn(options, foreign, back)).rejects.toMatchObject(reason('state'))
    const denied = `${web.redirectUri}?state=${pending.state}&error=access_denied`
    await expect(endCodeSignIn(options, pending, denied)).rejects.toMatchObject(reason('access_denied'))
    await endCodeSignIn(options, pending, back)
    await expect(endCodeSignIn(options, pending, back)).rejects.toMatchObject(reason('invalid_grant'))
    const other = { ...options, clientId: 'unknown', show: () => {} }
    await expect(signInByDevice(other)).rejects.toMatchObject(reason('invalid_client'))
  })
})
