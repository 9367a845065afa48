import { voucherChain } from '@backscroll/protocol/device-credential'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { z } from 'zod'
import type { OwnDevices } from '../devices/own-devices.ts'
import { fromBase64 } from '../encoding/base64.ts'
import type { AccountChange, ClientEvent } from '../events/client-events.ts'
import type { DecryptedEvent } from '../events/decrypted-event.ts'
import { isCertified } from '../trust/device-certificate.ts'
import { requestOf, wishOf } from './consent-events.ts'

interface Me {
  readonly userId: string
  readonly deviceId: string
}

const device = z.object({ deviceId: z.string() })
const added = device.extend({
  signatureKey: z.string(),
  identityKey: z.string(),
  certificate: z.string(),
  chain: voucherChain.optional(),
})

const asked = device.extend({ pairingId: z.string(), expiresAt: z.int() })
const refused = device.extend({ pairingId: z.string() })

/** A request that has expired is not reported. */
const approvalOf = ({ type, data }: WireEvent, me: Me, now: number): AccountChange | undefined => {
  const request = type === 'ApprovalRequested' ? asked.safeParse(data).data : undefined
  if (request !== undefined && request.expiresAt > now && request.deviceId !== me.deviceId)
    return { type: 'approval_requested', ...request }
  const refusal = type === 'ApprovalRefused' ? refused.safeParse(data).data : undefined
  return refusal && { type: 'approval_refused', ...refusal }
}

const changed = z.object({ identityKey: z.string(), signed: z.boolean() })

const identityChange = (data: unknown): AccountChange | undefined => {
  const parsed = changed.safeParse(data)
  return parsed.success ? { type: 'identity_changed', ...parsed.data } : undefined
}

const standings = {
  UserDeactivated: 'deactivated',
  UserReactivated: 'reactivated',
  UserErased: 'erased',
} as const

const ofDevices = { DeviceNamed: 'device_named', DeviceRevoked: 'device_revoked' } as const

/** Applies one event of this user's own stream. `identityKey`: the user's own, base64, if this device has it. */
export const createApplyAccountEvent = (
  me: Me,
  identityKey: () => string | undefined,
  ownDevices: Pick<OwnDevices, 'refuses' | 'see'>,
  now: () => number,
) => {
  const isCertifiedByUs = async (data: z.output<typeof added>): Promise<boolean> => {
    if (identityKey() !== data.identityKey) return false
    const { chain, ...rest } = data
    try {
      return await isCertified({ userId: me.userId, ...rest, ...(chain && { chain }) }, fromBase64(data.signatureKey))
    } catch {
      return false
    }
  }

  /** A second certified key for a device id is reported like a device without a certificate. */
  const isOurs = async (data: z.output<typeof added>): Promise<boolean> => {
    if (!(await isCertifiedByUs(data)) || ownDevices.refuses(data)) return false
    await ownDevices.see(data.identityKey, [data])
    return true
  }

  /** Undefined for events that this version does not know. */
  const changeOf = async (event: WireEvent): Promise<AccountChange | undefined> => {
    const { type, data } = event
    if (type === 'IdentityChanged') return identityChange(data)
    const wish = wishOf(event)
    if (wish !== undefined) return wish
    const approval = approvalOf(event, me, now())
    if (approval !== undefined) return approval
    if (Object.hasOwn(standings, type)) return { type: standings[type as keyof typeof standings] }
    const { deviceId } = device.safeParse(data).data ?? {}
    if (deviceId === undefined) return undefined
    if (Object.hasOwn(ofDevices, type)) return { type: ofDevices[type as keyof typeof ofDevices], deviceId }
    if (type !== 'DeviceAdded') return undefined
    const parsed = added.safeParse(data)
    return { type: 'device_added', deviceId, certified: parsed.success && (await isOurs(parsed.data)) }
  }

  const warning = (change: AccountChange, revision: number): readonly ClientEvent[] => {
    if (change.type !== 'device_added' || change.certified) return []
    const details = { userId: me.userId, deviceId: change.deviceId }
    return [{ type: 'warning', code: 'unauthorised_device', conversationId: undefined, revision, details }]
  }

  return async (event: WireEvent): Promise<DecryptedEvent> => {
    if (event.stream.id !== me.userId) return { before: [] }
    const request = requestOf(event)
    if (request !== undefined) return { before: [request] }
    const change = await changeOf(event)
    if (change === undefined) return { before: [] }
    const { revision, at, actor } = event
    const by = actor.deviceId === '' ? null : actor.deviceId
    return { before: [{ type: 'account', change, revision, at, by }, ...warning(change, revision)] }
  }
}
