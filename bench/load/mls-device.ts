import type { Device } from '../../src/client/e2ee/device.ts'
import { createIdentity } from '../../src/client/e2ee/identity.ts'
import { createMlsEngine, type MlsEngine } from '../../src/client/e2ee/mls-engine.ts'
import { createDevice } from '../../test/support/create-device.ts'

/** The SDK's engine as it is on a device that has seen nobody yet: every certificate is still to be verified. */
export const freshEngine = (): MlsEngine => createMlsEngine({ pins: () => new Map(), now: Date.now })

/** A user's only device, `phone`, with keys of its own. */
export const createMlsDevice = async (userId: string): Promise<Device> =>
  createDevice(await createIdentity(), userId, 'phone')
