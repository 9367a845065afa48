import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toBase64 } from '../../src/client/base64.ts'
import type { ClientEvent } from '../../src/client/client-events.ts'
import { createKeyPair } from '../../src/client/e2ee/signatures.ts'
import { revocationSchema, successionSchema } from '../../src/protocol/identity-statements.ts'
import {
  type ClientWorld,
  conversationEvents,
  eventually,
  openClientWorld,
  record,
  textOf,
} from '../support/client-world.ts'
import { createDishonestServer, type DishonestServer } from '../support/dishonest-server.ts'
import { createOwnDevices } from '../support/own-devices.ts'

type Row = Record<string, unknown> & { readonly deviceId: string }

/** What the server says of the user's own devices is changed on its way. */
const lieAbout = (server: DishonestServer, change: (row: Row) => Row) => {
  server.onAnswer = async (path, answer) =>
    path === '/devices' ? { ...answer, devices: (answer.devices as Row[]).map(change) } : undefined
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
