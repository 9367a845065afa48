import { expect } from 'vitest'
import type { Device } from '../../../packages/client/src/trust/device-certificate.ts'
import { type Caller, createCaller, type RunningApi } from '../api/harness.ts'
import { createChainedDevices, registrationOf, signatureKeyOf, signingOf } from './chained-devices.ts'

let people = 0
export const password = 'correct horse'

/** A local account with a phone, a laptop that it approved, and a tablet that the laptop approved. */
export const personWithDevices = async (running: RunningApi) => {
  people += 1
  const payload = { login: `person-${people}@example.org`, password }
  const { userId } = (await running.api.inject({ method: 'POST', url: '/accounts', payload })).json()
  const devices = await createChainedDevices(userId)
  const phone = await devices.first('phone')
  const laptop = await devices.approved(phone, 'laptop')
  const tablet = await devices.approved(laptop, 'tablet')
  const callers = new Map<string, Caller>()
  const as = async (device: Device) => {
    const key = signatureKeyOf(device)
    const caller =
      callers.get(key) ?? (await createCaller(running, userId, device.credential.deviceId, signingOf(device)))
    callers.set(key, caller)
    return caller
  }
  const register = async (device: Device, more: object = {}) =>
    (await as(device))('POST', '/devices', { ...registrationOf(device), ...more })
  for (const one of [phone, laptop, tablet]) expect((await register(one)).status).toBe(200)
  const revoke = async (by: Device, statement: object) => (await as(by))('POST', '/devices/revocations', { statement })
  const standing = async (by: Device) =>
    ((await (await as(by))('GET', '/devices')).body.devices as { deviceId: string }[]).map(({ deviceId }) => deviceId)
  const isIn = async (device: Device) => (await (await as(device))('GET', '/inbox')).status
  return { userId, ...devices, phone, laptop, tablet, as, register, revoke, standing, isIn }
}

/** Status, code and details of an answer. */
export const codes = ({ status, body }: { status: number; body: { code?: string; details?: object } }) => [
  status,
  body.code,
  ...(body.details === undefined ? [] : [body.details]),
]
