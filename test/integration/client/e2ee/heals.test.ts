import { describe, expect, it } from 'vitest'
import type { ClientEvent, RecoveredClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { bytes, conversationEvents, eventually, live, record, textOf } from '../../../support/client/client-world.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'
import { createDamagingSockets } from '../../../support/network/damaging-sockets.ts'

const recovered = (log: readonly ClientEvent[]) =>
  log.filter((event): event is RecoveredClientEvent => event.type === 'recovered').map(({ message }) => message)
const commits = (log: readonly ClientEvent[]) =>
  conversationEvents(log).filter(({ event }) => event.type === 'GroupCommitted').length

describe('A device that gets what it cannot read', () => {
  const world = useClientWorld()

  it('says so, begins a new epoch, and is told it again by the device that has sent it', {
    timeout: 60_000,
  }, async () => {
    let isDamaging = false
    const sockets = createDamagingSockets(({ type }) => isDamaging && type.startsWith('Message'))
    const store = createMemoryStore()
    const bobOptions = { webSocket: sockets.open, store }
    const [ann, bob] = await Promise.all([world.client('ann', 'phone'), world.client('bob', 'phone', bobOptions)])
    const [annLog, bobLog] = [record(ann), record(bob)]
    await Promise.all([ann, bob].map(live))
    const { conversationId } = await ann.send({ user: 'bob' }, bytes('hi'))
    await eventually(() => conversationEvents(bobLog).some((event) => event.type === 'message'), 'the first')
    const epochs = commits(bobLog)
    isDamaging = true
    const sent = await ann.send(conversationId, bytes('damaged on its way'))
    await ann.edit(conversationId, sent, bytes('so is the edit'))
    const unreadable = () => conversationEvents(bobLog).filter((event) => event.unreadable === 'unreadable')
    await eventually(() => unreadable().length === 2, 'two that cannot be read')
    isDamaging = false
    await eventually(() => recovered(bobLog).length === 2, 'both told again')
    expect(recovered(bobLog).map((event) => [event.type, textOf(event), event.event.revision])).toEqual(
      unreadable().map(({ type, event }, n) => [type, ['damaged on its way', 'so is the edit'][n], event.revision]),
    )
    expect(commits(bobLog)).toBe(epochs + 1)
    const history = async () => {
      const all: string[] = []
      for await (const { plaintext } of bob.history(conversationId)) all.push(new TextDecoder().decode(plaintext))
      return all
    }
    expect(await history()).toEqual(['so is the edit', 'hi'])
    await ann.send(conversationId, bytes('and now?'))
    await eventually(() => conversationEvents(bobLog).some((event) => textOf(event) === 'and now?'), 'the next one')
    expect([annLog, bobLog].flatMap((log) => log.filter(({ type }) => type === 'warning'))).toEqual([])
    await bob.close()
    expect([...(await store.load()).keys()].filter((key) => /^(unread|asking)\//.test(key))).toEqual([])
  })
})
