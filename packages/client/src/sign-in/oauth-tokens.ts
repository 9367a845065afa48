import { BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import { boundedTurn } from './bounded-turn.ts'
import type { DeviceProver } from './device-prover.ts'
import { askForTokens, type OAuthOptions, postForm, type SignIn, signInFailed } from './oauth-requests.ts'

/** Stores a sign-in over restarts. `save(undefined)` forgets it. */
export interface SignInStore {
  load(): Promise<SignIn | undefined>
  /** Durable when it resolves: the previous token is worthless then. */
  save(signIn: SignIn | undefined): Promise<void>
}

/** The part of the Web Locks API that is used. */
export interface ExclusiveLocks {
  request<Value>(name: string, held: () => Promise<Value>): Promise<Value>
}

export interface OAuthTokensOptions extends OAuthOptions {
  readonly store: SignInStore
  /** The sign-in is over, or there is none: the user must sign in again. */
  readonly onSignedOut?: () => void
  /** An access token that expires sooner than this is renewed first, in milliseconds. */
  readonly marginMs?: number
  /**
   * Locks that the tabs or threads sharing the store have in common. Default: the Web Locks of the browser, or of
   * Node.
   */
  readonly locks?: ExclusiveLocks
  /** For tests. */
  readonly clock?: Pick<Clock, 'after'>
}

export interface OAuthTokens {
  /**
   * A valid access token: pass it to `createClient` as `token`. `instead`: a token that is of no use any more.
   * However many callers there are, tokens are renewed once. `prover`, which the client passes by itself: of the
   * device's key, without which nothing is renewed for a registered device. Rejects with `signed_out`, or with
   * `unavailable` (ask again).
   */
  token(instead?: string, prover?: DeviceProver): Promise<string>
  /** The user who is signed in on this device. */
  current(): Promise<SignIn | undefined>
  /** Keeps a new sign-in. */
  signedIn(signIn: SignIn): Promise<void>
  /**
   * Ends the sign-in on this device and at the server. Clients that were given these tokens whole stop, and keep
   * their data: `signOut` of the client erases it, and calls this. Resolves with an error if the server could not
   * be told: nobody has the refresh token any more, and there it lasts until it expires.
   */
  signOut(): Promise<BackscrollError | undefined>
  /** Calls back when `signOut` begins. Returns a function that stops this. */
  onSignOut(call: () => void): () => void
}

const webLocks = (): ExclusiveLocks | undefined =>
  typeof navigator === 'object' && 'locks' in navigator ? (navigator.locks as ExclusiveLocks) : undefined

/** A sign-out waits so long for a renewal that is under way. */
const patienceMs = 5_000

/**
 * Access tokens of a sign-in, renewed when needed. A refresh token is valid once, and showing it twice ends the
 * sign-in: so only one place renews.
 */
export const createOAuthTokens = (options: OAuthTokensOptions): OAuthTokens => {
  const { store, marginMs = 30_000, locks = webLocks(), now = Date.now, clock = systemClock } = options
  /** Undefined until it was loaded. */
  let known: { readonly signIn: SignIn | undefined } | undefined
  /** It came from the server, `instead` of what is stored, and could not be stored yet. */
  let unsaved: { readonly instead: SignIn | undefined } | undefined
  let isSigningOut = false
  let renewing: Promise<SignIn> | undefined
  let { prover } = options
  const listeners = new Set<() => void>()

  const save = async (signIn: SignIn | undefined, instead?: SignIn) => {
    known = { signIn }
    unsaved = { instead }
    await store.save(signIn)
    unsaved = undefined
  }
  const revoke = (signIn: SignIn): Promise<BackscrollError | undefined> =>
    postForm(options, '/revoke', { token: signIn.refreshToken }).then(() => undefined, toBackscrollError)
  const end = async (signIn: SignIn): Promise<BackscrollError | undefined> => {
    const error = await revoke(signIn)
    await save(undefined)
    return error
  }
  /** A sign-out that ended in the middle continues. */
  const loaded = async (): Promise<SignIn | undefined> => {
    const signIn = await store.load()
    if (signIn?.isEnding !== true) return signIn
    await end(signIn)
    return undefined
  }
  const current = async (): Promise<SignIn | undefined> => {
    known ??= { signIn: await loaded() }
    return known.signIn
  }
  const signedOut = () => {
    options.onSignedOut?.()
    return new BackscrollError('signed_out')
  }
  const isGood = ({ accessToken, expiresAt }: SignIn, instead: string | undefined): boolean =>
    accessToken !== instead && expiresAt > now() + marginMs

  const exclusively = <Value>({ userId, deviceId }: SignIn, task: () => Promise<Value>): Promise<Value> =>
    locks === undefined ? task() : locks.request(`backscroll sign-in ${options.url} ${userId}/${deviceId}`, task)

  /** What was granted counts unless its sign-in has ended meanwhile: then the server takes it back. */
  const keep = async (granted: SignIn, used: SignIn): Promise<SignIn> => {
    known = { signIn: granted }
    unsaved = { instead: used }
    const stored = await store.load()
    const isSame = [used, granted].some(({ refreshToken }) => refreshToken === stored?.refreshToken)
    const isOver = isSigningOut || known.signIn !== granted || stored?.isEnding === true
    if (isSame && !isOver) {
      await save(granted, used)
      return granted
    }
    // The user may have signed in anew.
    const next = isSame || isOver ? undefined : stored
    known = { signIn: next }
    unsaved = undefined
    await revoke(granted)
    if (next === undefined) throw signedOut()
    return next
  }

  /** Another tab may have renewed, or ended, what this one remembers. */
  const latest = async (): Promise<SignIn | undefined> => {
    const signIn = known?.signIn
    if (unsaved === undefined) known = { signIn: await loaded() }
    else if (signIn !== undefined && unsaved.instead !== undefined) return keep(signIn, unsaved.instead)
    else await save(signIn)
    return known?.signIn
  }

  const refresh = async (used: SignIn): Promise<SignIn> => {
    const granted = await askForTokens(
      { ...options, prover },
      { grant_type: 'refresh_token', refresh_token: used.refreshToken },
    )
    if (granted.kind === 'granted') return keep(granted.signIn, used)
    if (granted.reason !== 'invalid_grant') throw signInFailed(granted.reason)
    // Without locks another tab may have been faster: its tokens count.
    const stored = await store.load()
    const isOther = stored !== undefined && stored.refreshToken !== used.refreshToken
    if (isOther && stored.isEnding !== true) {
      known = { signIn: stored }
      return stored
    }
    await save(undefined)
    throw signedOut()
  }

  const renew = async (instead: string | undefined): Promise<SignIn> => {
    const before = await current()
    if (before === undefined) throw signedOut()
    return exclusively(before, async () => {
      const signIn = await latest()
      if (signIn === undefined) throw signedOut()
      return isGood(signIn, instead) ? signIn : refresh(signIn)
    })
  }

  const endSignIn = async (): Promise<BackscrollError | undefined> => {
    const signIn = await current()
    if (signIn === undefined) return undefined
    // From now on nobody is signed in here, whenever this ends.
    await store.save({ ...signIn, isEnding: true })
    known = { signIn: undefined }
    unsaved = undefined
    // A tab that had looked before may have stored its renewal since.
    const endLatest = async () => end((await store.load()) ?? signIn)
    return boundedTurn(clock, patienceMs, (task) => exclusively(signIn, task), endLatest)
  }

  return {
    current,
    token: async (instead, by) => {
      prover = by ?? prover
      const signIn = await current()
      if (signIn !== undefined && unsaved === undefined && isGood(signIn, instead)) return signIn.accessToken
      renewing ??= renew(instead).finally(() => {
        renewing = undefined
      })
      return (await renewing).accessToken
    },
    signedIn: (signIn) => save(signIn),
    signOut: async () => {
      isSigningOut = true
      for (const call of listeners) call()
      try {
        return await endSignIn()
      } finally {
        isSigningOut = false
      }
    },
    onSignOut: (call) => {
      listeners.add(call)
      return () => listeners.delete(call)
    },
  }
}
