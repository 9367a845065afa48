import { ProtocolError } from '@backscroll/protocol/errors'
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import type { Actor } from '../../../domain/ids.ts'
import type { Passkey } from '../../../ports/identity/second-factors.ts'
import type { AccountDeps, RelyingParty } from '../accounts-deps.ts'
import type { OwnPassword } from './own-password.ts'
import { firstCodes } from './second-factors.ts'

export type { AuthenticationResponseJSON, RegistrationResponseJSON }

/** What a page asks an authenticator, and what the answer has to refer to. */
export interface PasskeyQuestion {
  /** Base64url; made for this question only. */
  readonly isChallenge: (challenge: string) => boolean
  /**
   * The user who has shown a password. Undefined: the passkey names the user, and the authenticator has to verify
   * the person.
   */
  readonly userId: string | undefined
}

export interface Passkeys {
  list(userId: string): Promise<readonly Passkey[]>
  /** For `navigator.credentials.create`. `wrong_password`, `forbidden` where there are no passkeys or no password. */
  offer(actor: Actor, password: string): Promise<PublicKeyCredentialCreationOptionsJSON>
  /** Recovery codes come with the first factor. `bad_passkey`, `passkey_limit`. */
  add(actor: Actor, answer: RegistrationResponseJSON, name: string | null): Promise<readonly string[]>
  remove(actor: Actor, credentialId: string, password: string): Promise<void>
  /** For `navigator.credentials.get`; of this user, or of any user. Undefined where there are no passkeys. */
  ask(challenge: string, userId?: string): Promise<PublicKeyCredentialRequestOptionsJSON | undefined>
  /** The user who owns the passkey. Undefined if the answer proves nothing. */
  take(answer: AuthenticationResponseJSON, question: PasskeyQuestion): Promise<string | undefined>
}

const most = 20
/** How long a person has to answer the authenticator. */
const patienceMs = 300_000

const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64url'))
const textOf = (base64: string): string => Buffer.from(base64, 'base64url').toString('utf8')
const descriptors = (passkeys: readonly Passkey[]) =>
  passkeys.map(({ credentialId, transports }) => ({ id: credentialId, transports: [...transports] }))

export const createPasskeys = (deps: AccountDeps, { confirm }: Pick<OwnPassword, 'confirm'>): Passkeys => {
  const { store, sealer, limits, audit, now } = deps
  const context = (userId: string) => `passkey ${userId}`

  const party = (): RelyingParty => {
    const found = deps.passkeys()
    if (found === undefined) throw new ProtocolError('forbidden')
    return found
  }

  /**
   * Needs no memory: the sealed challenge itself says for whom and until when it is valid. A passkey can be added
   * only once anyway.
   */
  const newChallenge = (userId: string): Promise<string> => sealer.seal(String(now() + patienceMs), context(userId))
  const isChallenge = async (userId: string, challenge: string): Promise<boolean> =>
    Number(await sealer.open(textOf(challenge), context(userId))) > now()

  const verifyNew = async (userId: string, response: RegistrationResponseJSON) => {
    const { id, origins } = party()
    const verified = await verifyRegistrationResponse({
      response,
      expectedChallenge: (challenge) => isChallenge(userId, challenge),
      expectedOrigin: [...origins],
      expectedRPID: id,
      requireUserVerification: false,
    }).catch(() => undefined)
    if (verified?.verified !== true) throw new ProtocolError('bad_passkey')
    return verified.registrationInfo.credential
  }

  const verifyUse = async (response: AuthenticationResponseJSON, passkey: Passkey, question: PasskeyQuestion) => {
    const { id, origins } = party()
    const { credentialId, publicKey, counter } = passkey
    const verified = await verifyAuthenticationResponse({
      response,
      expectedChallenge: question.isChallenge,
      expectedOrigin: [...origins],
      expectedRPID: id,
      credential: { id: credentialId, publicKey: bytesOf(publicKey), counter },
      // By itself it counts as two factors: the authenticator, and what the person has shown it.
      requireUserVerification: question.userId === undefined,
    }).catch(() => undefined)
    return verified?.verified === true ? verified.authenticationInfo.newCounter : undefined
  }

  const isOwners = ({ userId }: Passkey, answer: AuthenticationResponseJSON, asked: string | undefined): boolean => {
    const { userHandle } = answer.response
    if (asked !== undefined) return userId === asked
    return userHandle !== undefined && textOf(userHandle) === userId
  }

  return {
    list: async (userId) => (await store.factors(userId)).passkeys,
    offer: async (actor, password) => {
      const { userId } = actor
      const { id } = party()
      const account = await store.account(userId)
      if (typeof account?.login !== 'string') throw new ProtocolError('forbidden')
      await confirm(actor, password)
      const { passkeys } = await store.factors(userId)
      return generateRegistrationOptions({
        rpName: 'Backscroll',
        rpID: id,
        userName: account.login,
        userDisplayName: account.profile.displayName ?? account.login,
        userID: new Uint8Array(Buffer.from(userId)),
        challenge: await newChallenge(userId),
        timeout: patienceMs,
        attestationType: 'none',
        excludeCredentials: descriptors(passkeys),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
      })
    },
    add: async ({ userId, deviceId }, answer, name) => {
      await limits.take({ key: `passkey ${userId}/${deviceId}`, burst: 10, everyMs: 30_000 })
      const { id: credentialId, publicKey, counter, transports = [] } = await verifyNew(userId, answer)
      const first = firstCodes(userId, await store.factors(userId))
      const passkey = { credentialId, userId, name, counter, transports, addedAt: now() }
      const stored = { ...passkey, publicKey: Buffer.from(publicKey).toString('base64url') }
      const added = await store.addPasskey(stored, most, first?.hashes)
      if (added === 'limit') throw new ProtocolError('passkey_limit')
      if (added !== 'added') throw new ProtocolError('bad_passkey')
      audit({ event: 'second_factor_added', userId, factor: 'passkey' })
      return first?.codes ?? []
    },
    remove: async (actor, credentialId, password) => {
      await confirm(actor, password)
      if (!(await store.removePasskey(actor.userId, credentialId))) throw new ProtocolError('not_found')
      audit({ event: 'second_factor_removed', userId: actor.userId, factor: 'passkey' })
    },
    ask: async (challenge, userId) => {
      const found = deps.passkeys()
      if (found === undefined) return undefined
      const passkeys = userId === undefined ? [] : (await store.factors(userId)).passkeys
      return generateAuthenticationOptions({
        rpID: found.id,
        challenge: bytesOf(challenge),
        timeout: patienceMs,
        allowCredentials: descriptors(passkeys),
        userVerification: userId === undefined ? 'required' : 'preferred',
      })
    },
    take: async (answer, question) => {
      const passkey = await store.passkey(answer.id)
      if (passkey === undefined || !isOwners(passkey, answer, question.userId)) return undefined
      const counter = await verifyUse(answer, passkey, question)
      if (counter === undefined) return undefined
      return (await store.takePasskeyCount(answer.id, counter, now())) ? passkey.userId : undefined
    },
  }
}
