import type { BackscrollClient, ClientOptions } from '../api/client-api.ts'
import { createClientDevices } from '../api/client-devices.ts'
import { createClientInvites } from '../api/client-invites.ts'
import { checkOptions } from '../api/client-options.ts'
import { createClientProfiles } from '../api/client-profiles.ts'
import { createMlsProtection } from '../encryption/mls-protection.ts'
import { checkPlatform, checkWebSocket } from '../platform/startup-checks.ts'
import { loadRecords } from '../records/client-records.ts'
import { createEncryptedStore } from '../stores/encrypted-store.ts'
import { assemble } from './assemble-client.ts'

/**
 * Loads what the device knew from its store. Rejects with `invalid` (`details.field` names the option and
 * `details.reason` what is wrong with it), `unsupported_platform`, `wrong_store`, `store_in_use`, `corrupt_store`, or
 * `wrong_key` when the store was encrypted under another key; connects only with `start`.
 */
export const createClient = async (given: ClientOptions): Promise<BackscrollClient> => {
  checkOptions(given)
  checkWebSocket(given.webSocket)
  const { userId, deviceId, storeKey } = given
  await checkPlatform()
  const store = storeKey === undefined ? given.store : createEncryptedStore(given.store, storeKey)
  const records = await loadRecords(store, { userId, deviceId })
  const options = { ...given, store: records.store }
  const { client, protection, rest } = assemble(options, records, createMlsProtection)
  records.stored.clear()
  return {
    ...{ ...client, ...createClientDevices(options, protection), ...createClientProfiles(protection) },
    ...createClientInvites({ url: given.url, rest, protection }, userId),
  }
}
