import { assemble } from './assemble.ts'
import type { BackscrollClient, ClientOptions } from './client-api.ts'
import { createClientDevices } from './client-devices.ts'
import { createMlsProtection } from './groups/mls-protection.ts'
import { loadRecords } from './records.ts'

/** Loads what the device knew from its store. Rejects with `wrong_store` or `corrupt_store`; connects only with `start`. */
export const createClient = async (options: ClientOptions): Promise<BackscrollClient> => {
  const records = await loadRecords(options.store, { userId: options.userId, deviceId: options.deviceId })
  const { client, protection } = assemble(options, records, createMlsProtection)
  return { ...client, ...createClientDevices(options, protection) }
}
