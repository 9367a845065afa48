import type { DeviceList } from '@backscroll/protocol/rest/devices'
import { toBase64 } from '../encoding/base64.ts'
import { E2eeError } from '../errors/e2ee-error.ts'
import type { ClientEvent } from '../events/client-events.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { Certification, UncertifiedDevice } from '../trust/device-certificate.ts'
import { type DeviceKey, isOtherKey } from '../trust/identity-pins.ts'
import type { TrustBook } from '../trust/trust-book.ts'
import type { Enrolment } from './enrolment.ts'
import { verifyDevices } from './verify-devices.ts'

export interface OwnDevicesDeps {
  readonly me: { readonly userId: string }
  readonly trust: Pick<TrustBook, 'pins' | 'see'>
  readonly enrolment: Pick<Enrolment, 'certify'>
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  readonly tell: (event: ClientEvent) => void
}

/**
 * Remembers the keys of the user's devices, so that none comes back with another one: neither by a stolen device's
 * word nor by the server's.
 */
export interface OwnDevices {
  /** This device was seen with another key: the person is told. */
  refuses(device: DeviceKey): boolean
  /** The certificates have been checked. The person is told of new devices, unless this device has just begun. */
  see(identityKey: string, devices: readonly DeviceKey[]): Promise<void>
  /** What the server lists, as far as the identity key confirms it. `first`: this device itself. */
  seeListed(identityKey: string, list: DeviceList, first: DeviceKey): Promise<void>
  /**
   * Certifies a device that a person has approved, and remembers its key. Throws `unauthorised_device` for a
   * device that had another key.
   */
  certify(device: UncertifiedDevice): Promise<Certification>
}

export const createOwnDevices = ({ me, trust, enrolment, write, tell }: OwnDevicesDeps): OwnDevices => {
  const { userId } = me
  const pin = () => trust.pins().get(userId)
  const isOther = (device: DeviceKey): boolean => isOtherKey(pin() ?? {}, device)
  const warn = (deviceId: string) =>
    tell({
      ...{ type: 'warning', code: 'unauthorised_device', conversationId: undefined, revision: undefined },
      details: { userId, deviceId, reason: 'other_key' },
    })
  const note = async (identityKey: string, devices: readonly DeviceKey[]) => {
    const seen = devices.map(({ deviceId, signatureKey }) => ({ userId, identityKey, deviceId, signatureKey }))
    const { changes, notices } = trust.see(seen.filter((one) => !isOther(one)))
    await write(changes)
    return notices.filter(({ type }) => type !== 'user_seen')
  }
  const refuses: OwnDevices['refuses'] = (device) => {
    const refused = isOther(device)
    if (refused) warn(device.deviceId)
    return refused
  }
  const see: OwnDevices['see'] = async (identityKey, devices) => {
    for (const notice of await note(identityKey, devices)) tell({ type: 'trust', conversationId: undefined, notice })
  }
  return {
    refuses,
    see,
    seeListed: async (identityKey, list, first) => {
      const known = pin()?.statements ?? []
      const { devices } = await verifyDevices(list, { userId, identityKey, known, keys: pin()?.keys ?? [] })
      for (const { deviceId, signatureKey } of list.devices)
        if (signatureKey !== null) refuses({ deviceId, signatureKey })
      await see(identityKey, [first, ...devices])
    },
    certify: async (device) => {
      const { deviceId } = device
      const key = { deviceId, signatureKey: toBase64(device.publicKey) }
      if (refuses(key)) throw new E2eeError('unauthorised_device', { userId, deviceId, reason: 'other_key' })
      const certification = await enrolment.certify(device)
      await note(certification.identityKey, [key])
      return certification
    },
  }
}
