import type { DeviceList } from '@backscroll/protocol/rest/devices'

/** What can let in a device that is not the user's own yet. */
export interface EnrolmentOptions {
  /** `approval`: another device. `recovery`: the recovery key. `begin_anew`: a new identity key, which everybody else must accept. */
  readonly ways: readonly ('approval' | 'recovery' | 'begin_anew')[]
  /** All slots are used: `recover` must name devices that make room, or another device, or an admin, revokes some. */
  readonly full: boolean
  readonly devices: DeviceList['devices']
}

export const enrolmentOptions = ({ devices, limit, recovery }: DeviceList): EnrolmentOptions => {
  const certified = devices.filter(({ signatureKey }) => signatureKey !== null)
  return {
    ways: [
      ...(certified.length > 0 ? (['approval'] as const) : []),
      ...(recovery ? (['recovery'] as const) : []),
      'begin_anew',
    ],
    full: certified.length >= limit,
    devices,
  }
}
