import { createMlsEngine, type MlsEngine } from '../../packages/client/src/mls/mls-engine.ts'
import type { Device } from '../../packages/client/src/trust/device-certificate.ts'
import { createIdentity } from '../../packages/client/src/trust/identity-key.ts'
import { createDevice } from '../../test/support/e2ee/create-device.ts'

/** The SDK's engine as it is on a device that has seen nobody yet: every certificate is still to be verified. */
export const freshEngine = (): MlsEngine => createMlsEngine({ pins: () => new Map(), now: Date.now })

/** A user's only device, `phone`, with keys of its own. */
export const createMlsDevice = async (userId: string): Promise<Device> =>
  createDevice(await createIdentity(), userId, 'phone')
