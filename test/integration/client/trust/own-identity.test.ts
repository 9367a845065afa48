import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../../packages/client/src/api/client-api.ts'
import { keysRecord, ownKeysOf } from '../../../../packages/client/src/devices/device-keys.ts'
import { toBase64 } from '../../../../packages/client/src/encoding/base64.ts'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import { createMlsEngine } from '../../../../packages/client/src/mls/mls-engine.ts'
import type { ClientStore } from '../../../../packages/client/src/stores/client-store.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { type Device, vouch } from '../../../../packages/client/src/trust/device-certificate.ts'
import {
  type ClientWorld,
  conversationEvents,
  eventually,
  openClientWorld,
  record,
  textOf,
} from '../../../support/client/client-world.ts'
import { createOwnDevices } from '../../../support/client/own-devices.ts'
import { createDishonestServer } from '../../../support/lies/dishonest-server.ts'

const own = async (store: ClientStore, userId: string, deviceId: string) =>
  ownKeysOf({ userId, deviceId }, keysRecord.parse((await store.load()).get('device')))

const texts = (log: readonly ClientEvent[]) =>
  conversationEvents(log).flatMap((event) => (event.type === 'message' && event.plaintext ? [textOf(event)] : []))
const notices = (log: readonly ClientEvent[]) => log.flatMap((event) => (event.type === 'trust' ? [event.notice] : []))
const got = (log: readonly ClientEvent[], text: string) => eventually(() => texts(log).includes(text), text)

describe('Devices that approve one another', () => {
  let world: ClientWorld
  const { make, live, untilAsked, approve, close } = createOwnDevices(() => world)
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_MAX_DEVICES: '4', BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  })
  afterAll(async () => {
    await close()
    await world.close()
  })

  it('copy no private key: each certifies the next by its own, and everybody believes the chain', async () => {
    const [one, two, three] = [createMemoryStore(), createMemoryStore(), createMemoryStore()]
    const phone = await live(await make('ann', 'phone', { store: one }))
    const bob = await live(await make('bob', 'phone'))
    const log = record(bob)
    await phone.send({ user: 'bob' }, { text: 'from the phone' })
    await got(log, 'from the phone')
    const recoveryKey = await phone.createRecoveryKey()
    const laptop = await approve(phone, await make('ann', 'laptop', { store: two }))
    const tablet = await approve(laptop, await make('ann', 'tablet', { store: three }))
    expect((await phone.devices()).map(({ chain }) => chain?.map(({ deviceId }) => deviceId))).toEqual([
      undefined,
      ['phone'],
      ['phone', 'laptop'],
    ])
    for (const [store, device] of [
      [one, 'phone'],
      [two, 'laptop'],
      [three, 'tablet'],
    ] as const)
      expect((await own(store, 'ann', device)).identity).toBeUndefined()
    await expect(tablet.createRecoveryKey()).rejects.toMatchObject({ code: 'identity_key_needed' })
    await eventually(() => notices(log).filter(({ type }) => type === 'device_added').length === 2, 'both devices')
    await tablet.send({ user: 'bob' }, { text: 'from the tablet' })
    await got(log, 'from the tablet')
    expect(log.filter(({ type }) => type === 'warning')).toEqual([])
    expect(await tablet.createRecoveryKey({ recoveryKey })).not.toBe(recoveryKey)
  })

  it('the private half stays on the first device until there is a recovery key, and is overwritten then', async () => {
    const store = createMemoryStore()
    const phone = await live(await make('cyd', 'phone', { store }))
    const { identity } = await own(store, 'cyd', 'phone')
    const secret = toBase64(identity?.privateKey ?? new Uint8Array())
    expect(secret).toHaveLength(64)
    await phone.createRecoveryKey()
    expect(JSON.stringify([...(await store.load())])).not.toContain(secret)
  })

  it('lets a device in by the recovery key when all slots are used, in the place of those that it names', async () => {
    const phone = await live(await make('dan', 'd1'))
    const recoveryKey = await phone.createRecoveryKey()
    for (const device of ['d2', 'd3', 'd4']) await approve(phone, await make('dan', device))
    const fresh = await make('dan', 'd5')
    const { ways, full, devices } = await untilAsked(fresh)
    expect([ways, full, devices.length]).toEqual([['approval', 'recovery', 'begin_anew'], true, 4])
    await expect(fresh.recover(recoveryKey)).rejects.toMatchObject({ code: 'device_limit', details: { limit: 4 } })
    await fresh.recover(recoveryKey, { revoke: ['d1', 'd3'], keep: ['d2'] })
    await fresh.whenLive()
    expect((await fresh.devices()).map(({ deviceId }) => deviceId)).toEqual(['d2', 'd5'])
    expect(phone.state().name).toBe('stopped')
  })

  it('keeps nothing by the recovery key that a stolen device has approved, unless the person names it', async () => {
    const phone = await live(await make('gil', 'phone'))
    const recoveryKey = await phone.createRecoveryKey()
    await approve(phone, await make('gil', 'ghost'))
    const fresh = await make('gil', 'fresh')
    await untilAsked(fresh)
    await fresh.recover(recoveryKey, { revoke: ['phone'] })
    await fresh.whenLive()
    expect((await fresh.devices()).map(({ deviceId }) => deviceId)).toEqual(['fresh'])
  })

  it('go with the one that vouched for them when it is revoked, but for those that the person keeps', async () => {
    const phone = await live(await make('eve', 'phone'))
    await phone.createRecoveryKey()
    const laptop = await approve(phone, await make('eve', 'laptop'))
    const tablet = await approve(laptop, await make('eve', 'tablet'))
    const watch = await approve(laptop, await make('eve', 'watch'))
    await expect(tablet.revokeDevice('phone')).rejects.toMatchObject({ code: 'identity_key_needed' })
    expect(await phone.revokeDevice('laptop', { keep: ['tablet'] })).toEqual(['laptop', 'watch'])
    await eventually(() => watch.state().name === 'stopped', 'the end of the session')
    expect((await tablet.devices()).map(({ deviceId }) => deviceId)).toEqual(['phone', 'tablet'])
    const next = await approve(tablet, await make('eve', 'next'))
    expect(next.state().name).toBe('live')
  })
})

describe('After a theft', () => {
  let world: ClientWorld
  const { make, live, approve, close } = createOwnDevices(() => world)
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  })
  afterAll(async () => {
    await close()
    await world.close()
  })

  /** With the keys of a stolen device somebody makes one that the server hands out. */
  const ghostOf = async (stolen: Device, userId: string) => {
    const engine = createMlsEngine({ pins: () => new Map(), now: Date.now })
    const { keys } = stolen
    const about = { userId, deviceId: 'ghost', publicKey: keys.publicKey }
    const credential = { userId, deviceId: 'ghost', ...(await vouch(stolen, about)) }
    const [made] = await engine.makeKeyPackages({ credential, keys }, 1, { lastResort: false })
    return { deviceId: 'ghost', keyPackage: toBase64(made?.keyPackage ?? new Uint8Array()), lastResort: false }
  }

  it('peers refuse what a revoked device vouches for, also when the server keeps the revocation from them', async () => {
    const store = createMemoryStore()
    const server = createDishonestServer()
    const phone = await live(await make('fay', 'phone'))
    const bob = await live(await make('gus', 'phone', server.options))
    const log = record(bob)
    await phone.send({ user: 'gus' }, { text: 'hello' })
    await got(log, 'hello')
    const laptop = await approve(phone, await make('fay', 'laptop', { store }))
    await eventually(() => notices(log).some(({ type }) => type === 'device_added'), 'the laptop')
    const stolen = (await own(store, 'fay', 'laptop')).device
    if (stolen === undefined) throw new Error('No keys')
    await laptop.close()
    server.onAnswer = async (_path, answer) => ('statements' in answer ? { ...answer, statements: [] } : undefined)
    await phone.revokeDevice('laptop')
    await eventually(() => notices(log).some(({ type }) => type === 'devices_revoked'), 'the revocation')
    const ghost = await ghostOf(stolen, 'fay')
    server.onAnswer = async (path, answer) => {
      if (path !== '/users/fay/key-packages/claim') return undefined
      return { packages: [...(answer.packages as object[]), ghost], without: [], statements: [] }
    }
    await bob.createGroup({ members: ['fay'] }).done
    const refused = log.flatMap((event) => (event.type === 'warning' ? [[event.code, event.details.deviceId]] : []))
    expect(refused).toContainEqual(['unauthorised_device', 'ghost'])
  })

  it('a renewed identity key is followed by those who had not verified it; who had must accept it first', async () => {
    const stores = { phone: createMemoryStore(), laptop: createMemoryStore() }
    const phone = await live(await make('hal', 'phone', { store: stores.phone }))
    const [ida, joe] = [await live(await make('ida', 'phone')), await live(await make('joe', 'phone'))]
    const [idas, joes] = [record(ida), record(joe)]
    for (const [user, log] of [
      ['ida', idas],
      ['joe', joes],
    ] as const) {
      await phone.send({ user }, { text: `hello ${user}` })
      await got(log, `hello ${user}`)
    }
    const laptop = await approve(phone, await make('hal', 'laptop', { store: stores.laptop }))
    const met = (one: readonly ClientEvent[]) => notices(one).some(({ type }) => type === 'device_added')
    await eventually(() => met(idas) && met(joes), 'the laptop to be in')
    const before = joe.identityOf('hal')
    await joe.verifyIdentity('hal', before?.safetyNumber ?? '')
    await phone.renewIdentity({ keep: ['laptop'] })
    const changed = (log: readonly ClientEvent[]) => notices(log).filter(({ type }) => type === 'identity_changed')
    await eventually(() => changed(idas).length === 1 && changed(joes).length === 1, 'both to hear of it')
    expect(changed(idas)).toMatchObject([{ userId: 'hal', signed: true, followed: true, verified: false }])
    expect(changed(joes)).toMatchObject([{ userId: 'hal', signed: true, followed: false, verified: true }])
    const now = joe.identityOf('hal')
    expect(now).toMatchObject({ verified: true, changed: true, offered: { signed: true } })
    expect(now?.safetyNumber).toBe(before?.safetyNumber)
    expect(now?.offered?.safetyNumber).toBe(phone.identityOf('joe')?.safetyNumber)
    expect(ida.identityOf('hal')).toMatchObject({ verified: false, changed: false })
    await ida.send({ user: 'hal' }, { text: 'I follow' })
    await expect(joe.send({ user: 'hal' }, { text: 'I wait' })).rejects.toMatchObject({ code: 'identity_changed' })
    await joe.acceptIdentity('hal', now?.offered?.safetyNumber ?? '', { verified: true })
    const log = record(laptop)
    await joe.send({ user: 'hal' }, { text: 'I accept' })
    await got(log, 'I accept')
    expect((await own(stores.laptop, 'hal', 'laptop')).identityKey).toBe(joe.identityOf('hal')?.identityKey)
    const fresh = await approve(laptop, await make('hal', 'fresh'))
    await fresh.send({ user: 'joe' }, { text: 'from a device under the new key' })
    await got(joes, 'from a device under the new key')
  })
})

describe('The only device lost, without a recovery key', () => {
  let world: ClientWorld
  const { make, live, untilAsked, close } = createOwnDevices(() => world)
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  })
  afterAll(async () => {
    await close()
    await world.close()
  })

  const started = async () => {
    const phone = await live(await make('kim', 'phone'))
    const lee = await live(await make('lee', 'phone'))
    const lees = record(lee)
    const { conversationId } = await phone.send({ user: 'lee' }, { text: 'before' })
    await got(lees, 'before')
    const { conversationId: group, done } = lee.createGroup({ members: ['kim'] })
    await done
    await phone.close()
    return { lee, lees, conversationId, group }
  }
  const shown = (lee: BackscrollClient) => lee.identityOf('kim')?.offered

  it('a person begins anew: others see another key, and after they accept it messages go both ways', async () => {
    const { lee, lees, conversationId, group } = await started()
    const fresh = await make('kim', 'phone2')
    expect(await untilAsked(fresh)).toMatchObject({ ways: ['approval', 'begin_anew'], full: false })
    const kims = record(fresh)
    await fresh.beginAnew()
    await fresh.whenLive()
    await eventually(() => shown(lee) !== undefined, 'the other key to be shown')
    await expect(lee.send(conversationId, { text: 'too early' })).rejects.toMatchObject({ code: 'identity_changed' })
    expect(shown(lee)).toMatchObject({ signed: false })
    await lee.acceptIdentity('kim', shown(lee)?.safetyNumber ?? '')
    await lee.send(conversationId, { text: 'welcome back' })
    await got(kims, 'welcome back')
    await fresh.send(conversationId, { text: 'here I am' })
    await got(lees, 'here I am')
    await fresh.send(group, { text: 'in the group as well' })
    await got(lees, 'in the group as well')
    expect(texts(kims)).not.toContain('before')
    expect(fresh.identityOf('lee')?.safetyNumber).toBe(lee.identityOf('kim')?.safetyNumber)
  })
})
