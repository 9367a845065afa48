import { afterAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../../packages/client/src/api/client-api.ts'
import type { BackupStatus } from '../../../../packages/client/src/events/history-backup.ts'
import { eventually } from '../../../support/client/client-world.ts'
import { createOwnDevices } from '../../../support/client/own-devices.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'

const textsOf = async (client: BackscrollClient, conversationId: string) => {
  const texts: unknown[] = []
  for await (const { content, deleted } of client.history(conversationId, { after: 0 }))
    texts.push(deleted !== null ? 'deleted' : content?.type === 'text' && content.body.text)
  return texts
}
const whenComplete = (client: BackscrollClient) => {
  const told: BackupStatus[] = []
  client.on('backup', ({ status }) => told.push(status))
  return {
    told,
    complete: () => eventually(() => told.some((one) => one.name === 'on' && one.completeAt !== undefined), 'a backup'),
  }
}

describe('A backup of the history', () => {
  const world = useClientWorld()
  const { make, live, untilAsked, close } = createOwnDevices(() => world)
  afterAll(close)

  const comeIn = async (deviceId: string, recoveryKey: string, revoke: readonly string[] = []) => {
    const device = await make('ann', deviceId)
    const { complete, told } = whenComplete(device)
    await untilAsked(device)
    await device.recover(recoveryKey, { revoke })
    await device.whenLive()
    return { device, complete, told }
  }
  const nameOf = async (client: BackscrollClient) => (await client.backup.status()).name

  let id = ''
  let firstKey = ''
  let tablet: BackscrollClient

  it('opens with the recovery key alone on a new device, which then keeps it instead of the lost one', async () => {
    const phone = await live(await make('ann', 'phone'))
    await live(await make('bob', 'phone'))
    ;({ conversationId: id } = await phone.send({ user: 'bob' }, { text: 'one' }))
    firstKey = await phone.createRecoveryKey()
    expect(await nameOf(phone)).toBe('off')
    await expect(phone.backup.update()).rejects.toMatchObject({ code: 'not_found' })
    await expect(phone.backup.enable('wrong')).rejects.toMatchObject({ code: 'bad_recovery_key' })
    const { complete } = whenComplete(phone)
    await phone.backup.enable(firstKey)
    await complete()
    const deleted = await phone.send(id, { text: 'two' })
    await phone.send(id, { text: 'three' })
    await phone.backup.update()
    expect(await phone.backup.status()).toMatchObject({ name: 'on', pieces: 2 })
    await phone.delete(id, deleted)
    await phone.close()

    const recovered = await comeIn('tablet', firstKey, ['phone'])
    tablet = recovered.device
    await recovered.complete()
    expect(await textsOf(tablet, id)).toEqual(['one', 'deleted', 'three'])
    expect(recovered.told[0]?.name).toBe('restoring')
    expect(await tablet.backup.status()).toMatchObject({ name: 'on', failed: undefined })
  }, 40_000)

  it('is written anew for a new recovery key, and the one before opens nothing any more', async () => {
    const { complete } = whenComplete(tablet)
    const secondKey = await tablet.createRecoveryKey({ recoveryKey: firstKey })
    await complete()
    await expect(tablet.backup.enable(firstKey)).rejects.toMatchObject({ code: 'wrong_key' })
    const { device, complete: restored } = await comeIn('laptop', secondKey)
    await restored()
    expect(await textsOf(device, id)).toEqual(['one', 'deleted', 'three'])
    // The newest device keeps it now.
    await tablet.backup.update()
    expect(await tablet.backup.status()).toMatchObject({ name: 'elsewhere', deviceId: 'laptop' })
    await device.backup.disable()
    expect(await nameOf(device)).toBe('off')
    expect(await nameOf(tablet)).toBe('off')
  }, 40_000)

  it('that a server swaps for another one is refused with a warning, and the device goes on without it', async () => {
    const phone = await live(await make('cid', 'phone'))
    const { conversationId } = await phone.send({ user: 'bob' }, { text: 'one' })
    const recoveryKey = await phone.createRecoveryKey()
    const { complete } = whenComplete(phone)
    await phone.backup.enable(recoveryKey)
    await complete()
    const swapped: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      if (!new URL(String(input)).pathname.endsWith('/archives')) return response
      const told = await response.json()
      for (const one of told.archives) one.archiveId = `${one.archiveId.slice(0, -1)}_`
      return Response.json(told)
    }
    const device = await make('cid', 'watch', { fetch: swapped })
    const warned: string[] = []
    device.on('warning', ({ code }) => warned.push(code))
    await untilAsked(device)
    await device.recover(recoveryKey)
    await device.whenLive()
    await eventually(() => warned.includes('bad_archive'), 'the warning')
    expect(await device.backup.status()).toEqual({ name: 'unreadable', reason: 'signature' })
    expect(await textsOf(device, conversationId)).not.toContain('one')
  }, 40_000)
})
