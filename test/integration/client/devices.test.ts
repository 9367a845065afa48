import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { importStoreKey } from '../../../packages/client/src/stores/store-key.ts'
import {
  type ClientWorld,
  conversationEvents,
  eventsOfType,
  eventually,
  openClientWorld,
  record,
} from '../../support/client/client-world.ts'
import { createOwnDevices } from '../../support/client/own-devices.ts'

describe("A user's devices", () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  })
  afterAll(async () => {
    await close()
    await world.close()
  })

  const { make, live, untilAsked, approve, close } = createOwnDevices(() => world)

  it('approves a second device: both show the same code, and it is trusted by those who trust the user', async () => {
    const phone = await live(await make('ann', 'phone'))
    const bob = await live(await make('bob', 'phone'))
    const log = record(bob)
    await phone.send({ user: 'bob' }, { text: 'hello' })
    const laptop = await make('ann', 'laptop')
    await untilAsked(laptop)
    const requesting = laptop.requestApproval()
    let waiting = await phone.approvalRequests()
    while (waiting.length === 0) waiting = await phone.approvalRequests()
    expect(waiting).toMatchObject([{ deviceId: 'laptop' }])
    const answer = await phone.answerApproval(waiting[0]?.pairingId ?? '')
    const request = await requesting
    expect(request.comparison).toEqual(answer.comparison)
    expect(request.comparison.code).toMatch(/^\d{4} \d{4}$/)
    await Promise.all([request.confirm(), answer.approve()])
    await laptop.whenLive()
    expect((await laptop.devices()).map(({ deviceId }) => deviceId)).toEqual(['phone', 'laptop'])
    const added = () => log.some((event) => event.type === 'trust' && event.notice.type === 'device_added')
    await eventually(added, 'the notice')
    expect(log.filter(({ type }) => type === 'warning')).toEqual([])
    expect(laptop.identityOf('bob')?.safetyNumber).toBe(phone.identityOf('bob')?.safetyNumber)
  })

  it('hears by itself that a device asks to be let in, that it was, and that another was refused, also over a reconnect', async () => {
    const phone = await live(await make('kim', 'phone'))
    const tablet = await approve(phone, await make('kim', 'tablet'))
    const changesOf = (device: BackscrollClient) => {
      const log = record(device)
      return () => log.flatMap((event) => (event.type === 'account' ? [event.change] : []))
    }
    const [onPhone, onTablet] = [changesOf(phone), changesOf(tablet)]
    const asks = (changes: typeof onPhone, deviceId: string) =>
      changes().find((change) => change.type === 'approval_requested' && change.deviceId === deviceId)
    const laptop = await make('kim', 'laptop')
    await untilAsked(laptop)
    const requesting = laptop.requestApproval()
    await eventually(() => [onPhone, onTablet].every((changes) => asks(changes, 'laptop')), 'both hear of it')
    const asked = asks(onPhone, 'laptop')
    const answer = await phone.answerApproval(asked?.type === 'approval_requested' ? asked.pairingId : '')
    await Promise.all([(await requesting).confirm(), answer.approve()])
    await laptop.whenLive()
    const isIn = () => onTablet().some((change) => change.type === 'device_added' && change.deviceId === 'laptop')
    await eventually(isIn, 'the tablet hears that it was let in')

    const thief = await make('kim', 'thief')
    await world.restart()
    await untilAsked(thief)
    const refused = expect(thief.requestApproval()).rejects.toMatchObject({ code: 'not_found' })
    await eventually(() => asks(onTablet, 'thief') !== undefined, 'the request after the reconnect')
    const request = asks(onTablet, 'thief')
    await tablet.refuseApproval(request?.type === 'approval_requested' ? request.pairingId : '')
    await refused
    const isRefused = () =>
      onPhone().some((change) => change.type === 'approval_refused' && change.deviceId === 'thief')
    await eventually(isRefused, 'the phone hears of the refusal')
  }, 60_000)

  it('lets a device in by the recovery key alone, and refuses a wrong one', async () => {
    const phone = await live(await make('cyd', 'phone'))
    const key = await phone.createRecoveryKey()
    const laptop = await make('cyd', 'laptop')
    await untilAsked(laptop)
    await expect(laptop.recover(`${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`)).rejects.toMatchObject({
      code: 'bad_recovery_key',
    })
    await laptop.recover(key)
    await laptop.whenLive()
    expect((await phone.devices()).length).toBe(2)
  })

  it('a revoked device is shut out: the next to send removes it, and it reads nothing more', async () => {
    const phone = await live(await make('dan', 'phone'))
    const laptop = await make('dan', 'laptop')
    await untilAsked(laptop)
    await laptop.recover(await phone.createRecoveryKey())
    await laptop.whenLive()
    const eve = await live(await make('eve', 'phone'))
    const [theirs, log] = [record(eve), record(laptop)]
    const { conversationId } = await phone.send({ user: 'eve' }, { text: 'before' })
    await eventually(() => conversationEvents(log).some(({ type }) => type === 'message'), 'the message')
    await phone.revokeDevice('laptop')
    await eventually(() => laptop.state().name === 'stopped', 'the end of the session')
    const has = (type: string) => conversationEvents(theirs).some(({ event }) => event.type === type)
    await eventually(() => has('DeviceRemovalAsked'), 'the wish to remove it')
    await eve.send(conversationId, { text: 'after' })
    const commits = () => eventsOfType(theirs, 'GroupCommitted')
    await eventually(() => commits().length === 2, 'the commit')
    expect(commits()[1]?.data.removed).toMatchObject([{ userId: 'dan', deviceId: 'laptop' }])
    expect(conversationEvents(log).filter(({ type }) => type === 'message')).toHaveLength(1)
  })

  it('reads on a new device what another device of the user has read, from an encrypted archive', async () => {
    const phone = await live(await make('hal', 'phone'))
    await live(await make('ida', 'phone'))
    await phone.send({ user: 'ida' }, { text: 'one' })
    const { conversationId, position } = await phone.send({ user: 'ida' }, { text: 'two' })
    await phone.whenLive()
    const laptop = await make('hal', 'laptop')
    await untilAsked(laptop)
    await laptop.recover(await phone.createRecoveryKey())
    await laptop.whenLive()
    const texts = async () => {
      const found: unknown[] = []
      for await (const { plaintext } of laptop.history(conversationId, { after: 0, atLeast: position }))
        found.push(plaintext && new TextDecoder().decode(plaintext))
      return found
    }
    expect(await texts()).toEqual([undefined, undefined])
    const { key, data } = phone.exportHistory()
    const chunks: Uint8Array[] = []
    for await (const chunk of data) chunks.push(chunk)
    await expect(laptop.importHistory(new Uint8Array(32), chunks)).rejects.toMatchObject({ code: 'wrong_key' })
    expect(await laptop.importHistory(key, chunks)).toBe(2)
    expect(await texts()).toEqual(['one', 'two'])
  })

  it('keeps everything encrypted in a store with a key: no plaintext, no keys in the open', async () => {
    const store = createMemoryStore()
    const storeKey = await importStoreKey(new Uint8Array(32).fill(3))
    const fay = await live(await make('fay', 'phone', { store, storeKey }))
    await live(await make('gus', 'phone'))
    const { conversationId, position } = await fay.send({ user: 'gus' }, { text: 'a canary in a coal mine' })
    await fay.close()
    const records = JSON.stringify([...(await store.load())])
    expect(records).not.toContain(Buffer.from('a canary in a coal mine').toString('base64').slice(4, 20))
    // Long enough never to come up by chance in base64.
    expect(records).not.toMatch(/a canary|"phone"|conversationId|privateKey|plaintext/)
    const again = await live(await make('fay', 'phone', { store, storeKey }))
    const texts: unknown[] = []
    for await (const { content } of again.history(conversationId, { atLeast: position })) texts.push(content?.body)
    expect(texts).toEqual([{ text: 'a canary in a coal mine' }])
    const otherKey = await importStoreKey(new Uint8Array(32).fill(4))
    await expect(make('fay', 'phone', { store, storeKey: otherKey })).rejects.toMatchObject({ code: 'wrong_key' })
  })
})
