import { revocationSchema, successionSchema } from '@backscroll/protocol/identity-statements'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKeyPair } from '../../../../packages/client/src/crypto/signatures.ts'
import { keysRecord, ownKeysOf } from '../../../../packages/client/src/devices/device-keys.ts'
import { toBase64 } from '../../../../packages/client/src/encoding/base64.ts'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import type { ClientStore } from '../../../../packages/client/src/stores/client-store.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { vouch } from '../../../../packages/client/src/trust/device-certificate.ts'
import {
  type ClientWorld,
  conversationEvents,
  eventually,
  openClientWorld,
  record,
  textOf,
} from '../../../support/client/client-world.ts'
import { createOwnDevices } from '../../../support/client/own-devices.ts'
import { createDishonestServer, type DishonestServer } from '../../../support/lies/dishonest-server.ts'

type Row = Record<string, unknown> & { readonly deviceId: string }

/** What the server says of the user's own devices is changed on its way. */
const lieAbout = (server: DishonestServer, change: (row: Row) => Row) => {
  server.onAnswer = async (path, answer) =>
    path === '/devices' && 'devices' in answer
      ? { ...answer, devices: (answer.devices as Row[]).map(change) }
      : undefined
}
/** What was sent to a path, kept from the true server. */
const intercepted = (server: DishonestServer, wanted: string) => {
  const bodies: Record<string, unknown>[] = []
  server.onRequest = (path, init) => {
    if (path !== wanted || init.body == null) return undefined
    bodies.push(JSON.parse(String(init.body)))
    return Response.json({ ok: true })
  }
  return bodies
}
const refused = (log: readonly ClientEvent[]) =>
  log.flatMap((event) => (event.type === 'warning' ? [[event.code, event.details.deviceId]] : []))
const added = (log: readonly ClientEvent[]) =>
  log.flatMap((event) =>
    event.type === 'account' && event.change.type === 'device_added' ? [event.change.deviceId] : [],
  )
const got = (log: readonly ClientEvent[], text: string) =>
  eventually(
    () =>
      conversationEvents(log).some((event) => event.type === 'message' && event.plaintext && textOf(event) === text),
    text,
  )

describe('A server that lies about the own devices', () => {
  let world: ClientWorld
  const { make, live, approve, untilAsked, close } = createOwnDevices(() => world)
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  })
  afterAll(async () => {
    await close()
    await world.close()
  })

  /** A phone that has approved a laptop, and whose server then puts another key in the laptop's place. */
  const otherKey = async (userId: string, recovery = false) => {
    const server = createDishonestServer()
    const phone = await live(await make(userId, 'phone', server.options))
    const log = record(phone)
    const recoveryKey = recovery ? await phone.createRecoveryKey() : ''
    const laptop = await approve(phone, await make(userId, 'laptop'))
    const evil = toBase64((await createKeyPair()).publicKey)
    lieAbout(server, (row) => (row.deviceId === 'laptop' ? { ...row, signatureKey: evil } : row))
    return { server, phone, laptop, log, evil, recoveryKey }
  }
  const keptBy = (statement: { readonly kept: readonly { readonly deviceId: string }[] }) =>
    statement.kept.map(({ deviceId }) => deviceId)

  it('gets no key of its own certified by a renewal of the identity key, and the person is told', async () => {
    const { server, phone, log, evil } = await otherKey('ann')
    const bodies = intercepted(server, '/me/identity/renewal')
    await phone.renewIdentity({ keep: ['laptop'] })
    expect(keptBy(successionSchema.parse(bodies[0]?.succession))).toEqual(['phone'])
    expect(JSON.stringify(bodies)).not.toContain(evil)
    await eventually(() => refused(log).length > 0, 'the warning')
    expect(refused(log)).toContainEqual(['unauthorised_device', 'laptop'])
  })

  it('gets no key of its own kept by a revocation', async () => {
    const { server, phone, laptop, log } = await otherKey('ben')
    await approve(laptop, await make('ben', 'tablet'))
    const evil = toBase64((await createKeyPair()).publicKey)
    lieAbout(server, (row) => (row.deviceId === 'tablet' ? { ...row, signatureKey: evil } : row))
    const bodies = intercepted(server, '/devices/revocations')
    await phone.revokeDevice('laptop', { keep: ['tablet'] })
    expect(keptBy(revocationSchema.parse(bodies[0]?.statement))).toEqual([])
    await eventually(() => refused(log).length > 0, 'the warning')
    expect(refused(log)).toContainEqual(['unauthorised_device', 'tablet'])
  })

  /** What whoever holds a device's store can certify in place of the tablet. */
  const forgedBy = async (store: ClientStore, userId: string, deviceId: string) => {
    const { device } = ownKeysOf({ userId, deviceId }, keysRecord.parse((await store.load()).get('device')))
    const { publicKey } = await createKeyPair()
    const by = device ?? expect.fail('no device')
    const { chain, certificate } = await vouch(by, { userId, deviceId: 'tablet', publicKey })
    return { signatureKey: toBase64(publicKey), certificate, chain }
  }

  /** A thief with the laptop's store, whose device still stands, vouches for another key of the tablet, and the server lists that. */
  const masked = async (userId: string) => {
    const server = createDishonestServer()
    const store = createMemoryStore()
    const phone = await live(await make(userId, 'phone', server.options))
    const log = record(phone)
    const laptop = await approve(phone, await make(userId, 'laptop', { store }))
    await approve(laptop, await make(userId, 'tablet'))
    const evil = await forgedBy(store, userId, 'laptop')
    await eventually(() => added(log).includes('tablet'), 'the tablet')
    lieAbout(server, (row) => (row.deviceId === 'tablet' ? { ...row, ...evil } : row))
    return { server, phone, log, evil: evil.signatureKey }
  }

  it('gets no key kept that a stolen device has certified for a device that the person keeps', async () => {
    const { server, phone, log, evil } = await masked('fay')
    const revocations = intercepted(server, '/devices/revocations')
    await phone.revokeDevice('laptop', { keep: ['tablet'] })
    expect(keptBy(revocationSchema.parse(revocations[0]?.statement))).toEqual([])
    expect(JSON.stringify(revocations)).not.toContain(evil)
    expect(refused(log)).toContainEqual(['unauthorised_device', 'tablet'])
  })

  it('gets no such key certified by a renewal either', async () => {
    const { server, phone, log, evil } = await masked('gus')
    const bodies = intercepted(server, '/me/identity/renewal')
    await phone.renewIdentity({ keep: ['tablet'] })
    expect(keptBy(successionSchema.parse(bodies[0]?.succession))).toEqual(['phone'])
    expect(JSON.stringify(bodies)).not.toContain(evil)
    expect(refused(log)).toContainEqual(['unauthorised_device', 'tablet'])
  })

  it('gets no other key kept than the one that this device has approved, whatever the server tells afterwards', async () => {
    const server = createDishonestServer()
    const store = createMemoryStore()
    const phone = await live(await make('ike', 'phone', server.options))
    await approve(phone, await make('ike', 'laptop', { store }))
    const evil = await forgedBy(store, 'ike', 'laptop')
    server.onEvent = (event) => (event.type === 'DeviceAdded' ? undefined : event)
    lieAbout(server, (row) => (row.deviceId === 'tablet' ? { ...row, ...evil } : row))
    await approve(phone, await make('ike', 'tablet'))
    const revocations = intercepted(server, '/devices/revocations')
    await phone.revokeDevice('laptop', { keep: ['tablet'] })
    expect(revocations.map(({ statement }) => keptBy(revocationSchema.parse(statement)))).toEqual([[]])
    expect(JSON.stringify(revocations)).not.toContain(evil.signatureKey)
  })

  it('is told of at the start of a device that knows better', async () => {
    const store = createMemoryStore()
    const phone = await live(await make('hal', 'phone', { store }))
    await approve(phone, await make('hal', 'tablet'))
    await phone.close()
    const server = createDishonestServer()
    const evil = await forgedBy(store, 'hal', 'phone')
    lieAbout(server, (row) => (row.deviceId === 'tablet' ? { ...row, ...evil } : row))
    const again = await make('hal', 'phone', { store, ...server.options })
    const log = record(again)
    await live(again)
    expect(refused(log)).toContainEqual(['unauthorised_device', 'tablet'])
  })

  it('gets no key of its own kept when the recovery key makes room', async () => {
    const { recoveryKey } = await otherKey('cyd', true)
    const server = createDishonestServer()
    const fresh = await make('cyd', 'fresh', server.options)
    await untilAsked(fresh)
    const evil = toBase64((await createKeyPair()).publicKey)
    lieAbout(server, (row) => (row.deviceId === 'laptop' ? { ...row, signatureKey: evil } : row))
    const bodies = intercepted(server, '/devices')
    await fresh.recover(recoveryKey, { revoke: ['phone'], keep: ['laptop'] }).catch(() => {})
    const sent = bodies.flatMap(({ revocation }) => (revocation ? [revocationSchema.parse(revocation)] : []))
    expect(sent.map(keptBy)).toEqual([['fresh']])
  })

  it('gets no revocation without a signature by saying that a device has no key', async () => {
    const server = createDishonestServer()
    const phone = await live(await make('dan', 'phone', server.options))
    const eve = await live(await make('eve', 'phone'))
    const log = record(eve)
    const told = () => log.flatMap((event) => (event.type === 'trust' ? [event.notice.type] : []))
    await phone.send({ user: 'eve' }, { text: 'hello' })
    await got(log, 'hello')
    await approve(phone, await make('dan', 'laptop'))
    await eventually(() => told().includes('device_added'), 'the laptop')
    lieAbout(server, (row) => (row.deviceId === 'laptop' ? { ...row, signatureKey: null, certificate: null } : row))
    const bodies = intercepted(server, '/devices/revocations')
    await phone.revokeDevice('laptop')
    expect(bodies.map(({ statement }) => revocationSchema.parse(statement).revoked)).toEqual([['laptop']])
    await phone.send({ user: 'eve' }, { text: 'after the revocation' })
    await eventually(() => told().includes('devices_revoked'), 'the revocation')
  })
})
