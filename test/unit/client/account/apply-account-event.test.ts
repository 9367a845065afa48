import type { WireEvent } from '@backscroll/protocol/server-frames'
import { describe, expect, it } from 'vitest'
import { createApplyAccountEvent } from '../../../../packages/client/src/account/apply-account-event.ts'
import { toBase64 } from '../../../../packages/client/src/encoding/base64.ts'
import { createIdentity } from '../../../../packages/client/src/trust/identity-key.ts'
import { createDevice } from '../../../support/e2ee/create-device.ts'

const event = (type: string, data: WireEvent['data'] = {}, deviceId = 'phone'): WireEvent => ({
  stream: { kind: 'user', id: 'ann' },
  revision: 3,
  position: '9',
  type,
  at: 7,
  actor: { userId: deviceId === '' ? '' : 'ann', deviceId },
  data,
})
const identity = await createIdentity()
const laptop = await createDevice(identity, 'ann', 'laptop')
const registered = { ...laptop.credential, signatureKey: toBase64(laptop.keys.publicKey) }
const { userId: _user, ...addition } = registered
const seen: string[] = []
const ownDevices: Parameters<typeof createApplyAccountEvent>[2] = {
  refuses: ({ deviceId, signatureKey }) => signatureKey !== registered.signatureKey && deviceId === 'laptop',
  see: async (_identityKey, devices) => void seen.push(...devices.map((one) => one.signatureKey)),
}
const me = { userId: 'ann', deviceId: 'phone' }
const take = createApplyAccountEvent(
  me,
  () => toBase64(identity.publicKey),
  ownDevices,
  () => 100,
)
const told = async (one: WireEvent) => (await take(one)).before

describe("Events of the user's own stream", () => {
  it('become changes of the account, with who asked for it', async () => {
    const place = { type: 'account', revision: 3, at: 7, by: 'phone' }
    for (const [type, data, change] of [
      ['DeviceAdded', addition, { type: 'device_added', deviceId: 'laptop', certified: true }],
      ['DeviceNamed', { deviceId: 'laptop' }, { type: 'device_named', deviceId: 'laptop' }],
      ['DeviceRevoked', { deviceId: 'laptop' }, { type: 'device_revoked', deviceId: 'laptop' }],
      ['UserDeactivated', {}, { type: 'deactivated' }],
      ['UserReactivated', {}, { type: 'reactivated' }],
      ['UserErased', {}, { type: 'erased' }],
      ['UserBlocked', { userId: 'mallory' }, { type: 'blocked', userId: 'mallory' }],
      ['UserUnblocked', { userId: 'mallory' }, { type: 'unblocked', userId: 'mallory' }],
      ['ConsentChanged', { direct: 'known' }, { type: 'consent_changed' }],
    ] as const)
      expect(await told(event(type, data))).toEqual([{ ...place, change }])
    expect(await told(event('UserReactivated', {}, ''))).toMatchObject([{ by: null }])
  })

  it('tell of requests, and of what became of them; what makes no sense is passed over', async () => {
    const place = { type: 'request', conversationId: 'c', revision: 3, at: 7 }
    expect(await told(event('ConversationRequested', { conversationId: 'c', kind: 'group', by: 'mallory' }))).toEqual([
      { ...place, state: 'waiting', from: 'mallory', kind: 'group' },
    ])
    expect(await told(event('RequestSettled', { conversationId: 'c', outcome: 'declined' }))).toEqual([
      { ...place, state: 'declined', from: undefined, kind: undefined },
    ])
    for (const [type, data] of [
      ['ConversationRequested', { conversationId: 'c', kind: 'party', by: 'mallory' }],
      ['RequestSettled', { conversationId: 7, outcome: 'declined' }],
      ['UserBlocked', {}],
    ] as const)
      expect(await told(event(type, data))).toEqual([])
  })

  it('of a type that only every object knows are passed over', async () => {
    for (const type of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
      expect(await told(event(type, { deviceId: 'laptop', userId: 'mallory' }))).toEqual([])
  })

  it('tell of a device that asks to be let in while it may be answered, and not of this very device', async () => {
    const asked = { deviceId: 'laptop', pairingId: 'p', expiresAt: 101 }
    const changes = async (type: string, data: WireEvent['data']) =>
      (await told(event(type, data))).map((one) => (one.type === 'account' ? one.change : one.type))
    expect(await changes('ApprovalRequested', asked)).toEqual([{ type: 'approval_requested', ...asked }])
    expect(await changes('ApprovalRequested', { ...asked, expiresAt: 100 })).toEqual([])
    expect(await changes('ApprovalRequested', { ...asked, deviceId: 'phone' })).toEqual([])
    expect(await changes('ApprovalRequested', { ...asked, pairingId: 7 })).toEqual([])
    const refused = { deviceId: 'laptop', pairingId: 'p' }
    expect(await changes('ApprovalRefused', refused)).toEqual([{ type: 'approval_refused', ...refused }])
  })

  it('warn of a device that the user has not certified, whatever is wrong with it', async () => {
    const stranger = await createDevice(await createIdentity(), 'ann', 'laptop')
    for (const wrong of [
      { certificate: stranger.credential.certificate },
      { identityKey: stranger.credential.identityKey },
      { ...stranger.credential, signatureKey: toBase64(stranger.keys.publicKey) },
      { deviceId: 'desktop' },
      { signatureKey: toBase64(stranger.keys.publicKey) },
      { signatureKey: 'not base64!' },
      { certificate: undefined },
    ]) {
      const [change, warning] = await told(event('DeviceAdded', { ...addition, ...wrong }))
      expect(change).toMatchObject({ change: { type: 'device_added', certified: false } })
      expect(warning).toMatchObject({ type: 'warning', code: 'unauthorised_device', details: { userId: 'ann' } })
    }
  })

  it('remember the key of a device that the user has certified, and warn of another one', async () => {
    seen.length = 0
    await told(event('DeviceAdded', addition))
    expect(seen).toEqual([registered.signatureKey])
    const again = await createDevice(identity, 'ann', 'laptop')
    const other = { ...addition, ...again.credential, signatureKey: toBase64(again.keys.publicKey) }
    const [change, warning] = await told(event('DeviceAdded', other))
    expect(change).toMatchObject({ change: { type: 'device_added', certified: false } })
    expect(warning).toMatchObject({ type: 'warning', code: 'unauthorised_device' })
    expect(seen).toHaveLength(1)
  })

  it('are passed over when they are of a kind that is not known, or of another user', async () => {
    expect(await told(event('DeviceBlessed', { deviceId: 'laptop' }))).toEqual([])
    expect(await told(event('DeviceRevoked', {}))).toEqual([])
    const others = { ...event('UserErased'), stream: { kind: 'user' as const, id: 'bob' } }
    expect(await told(others)).toEqual([])
  })
})
