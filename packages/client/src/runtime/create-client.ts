import type { BackscrollClient, ClientOptions } from '../api/client-api.ts'
import { createClientDevices } from '../api/client-devices.ts'
import { createClientInvites } from '../api/client-invites.ts'
import { createClientJoinRequests } from '../api/client-join-requests.ts'
import { checkOptions } from '../api/client-options.ts'
import { createClientProfiles } from '../api/client-profiles.ts'
import { createClientPush } from '../api/client-push.ts'
import { isShared, type OpenedClient } from '../api/client-sharing.ts'
import { createMlsProtection } from '../encryption/mls-protection.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { EventFeed } from '../events/event-feed.ts'
import { checkPlatform, checkWebSocket } from '../platform/startup-checks.ts'
import { loadRecords } from '../records/client-records.ts'
import { tokensOf } from '../sign-in/access-tokens.ts'
import { createEncryptedStore } from '../stores/encrypted-store.ts'
import { eraseStore } from '../stores/erase-store.ts'
import { keptKey } from '../stores/store-key.ts'
import { steadyClock, systemClock } from '../time/clock.ts'
import { assemble } from './assemble-client.ts'
import { createSignOut, signingOutKey } from './sign-out.ts'

/** Over a store that is this client's alone. */
const open = async (given: ClientOptions, feed?: EventFeed): Promise<OpenedClient> => {
  const { userId, deviceId, storeKey } = given
  const store = storeKey === undefined ? given.store : createEncryptedStore(given.store, storeKey)
  const records = await loadRecords(store, { userId, deviceId })
  const tokens = tokensOf(given)
  const options = { ...given, store: records.store }
  const isSigningOut = records.stored.has(signingOutKey)
  const key = storeKey && keptKey(storeKey)
  await key?.use(`${userId}/${deviceId}`)
  const { client: core, protection, rest, ...around } = assemble(options, records, createMlsProtection, feed)
  records.stored.clear()
  const { enrolment, trust } = protection
  const unheard = tokens.onSignOut?.(around.stop)
  const own = {
    ...{ ...core, ...createClientDevices(options, protection), ...createClientProfiles(protection) },
    ...createClientInvites({ url: given.url, rest, protection }, userId),
    ...createClientJoinRequests(protection),
    ...createClientPush(rest, deviceId),
  }
  const signOut = createSignOut({
    ...{ me: { deviceId }, client: own, stop: around.stop, write: records.store.write },
    clock: steadyClock(given.clock ?? systemClock),
    endSignIn: async () => tokens.signOut?.(),
    erase: async () => {
      await eraseStore(given.store)
      await key?.drop(`${userId}/${deviceId}`)
    },
  })
  if (isSigningOut) {
    await signOut()
    throw new BackscrollError('signed_out')
  }
  const close = async () => {
    unheard?.()
    await own.close()
  }
  return {
    client: { ...own, close, signOut },
    ...around,
    profiles: protection.profiles.all,
    identities: () => ({ own: enrolment.keys()?.device?.credential.identityKey, pins: trust.pins() }),
  }
}

/**
 * Loads what the device knew from its store. Connects only with `start`. Rejects with `signed_out` (an unfinished
 * sign-out has now been finished), `invalid` (`details.field` names the option and `details.reason` what is wrong
 * with it), `unsupported_platform`, `wrong_store`, `store_in_use`, `reload_needed`, `corrupt_store`, or `wrong_key`
 * when the store was encrypted under another key.
 */
export const createClient = async (given: ClientOptions): Promise<BackscrollClient> => {
  checkOptions(given)
  checkWebSocket(given.webSocket)
  await checkPlatform()
  if (isShared(given.store)) return given.store.share(given, open)
  return (await open(given)).client
}
