import { describe, expect, it } from 'vitest'
import { retire } from '../../../../../packages/client/src/mls/key-erasure.ts'
import { forget } from '../../../../../packages/client/src/mls/message-encryption.ts'
import type { GroupState } from '../../../../../packages/client/src/mls/state/group-state.ts'
import type { StateParts } from '../../../../../packages/client/src/mls/state/part-decoder.ts'
import { decodePending, encodePending } from '../../../../../packages/client/src/mls/state/pending-commit-parts.ts'
import { decodeState, encodeState } from '../../../../../packages/client/src/mls/state/state-parts.ts'
import { testDevice } from '../../../../support/e2ee/device.ts'
import { codeOf, createGroupWorld, type Participant, text, words } from '../../../../support/e2ee/world.ts'

const pair = async () => {
  const [ann, ben] = await Promise.all([testDevice('ann', '1'), testDevice('ben', '1')])
  const world = createGroupWorld('conversation')
  const a = await world.start(ann)
  const [b] = await world.add(a, [ben])
  if (b === undefined) throw new Error('Ben did not join')
  return { world, a, b }
}

const partsOf = (state: GroupState): StateParts => {
  const parts = new Map<string, Uint8Array>()
  for (const [name, bytes] of encodeState(state)) if (bytes !== undefined) parts.set(name, bytes)
  return parts
}

const send = async (from: Participant, plaintext: string) => {
  const sent = await from.who.engine.encrypt(from.state, text(plaintext), text(''))
  from.state = sent.state
  forget(sent.spent)
  return sent.message
}

const receive = async (to: Participant, message: Uint8Array): Promise<string> => {
  const got = await to.who.engine.decrypt(to.state, message)
  to.state = got.state
  forget(got.spent)
  return words(got.plaintext)
}

describe('A stored state', () => {
  it('goes on after a restart, in this epoch and for stragglers of the one before', async () => {
    const { world, a, b } = await pair()
    const late = await send(a, 'late')
    await world.update(b)
    b.state = decodeState(partsOf(b.state))
    a.state = decodeState(partsOf(a.state))
    expect(await receive(b, late)).toBe('late')
    expect(await world.say(a, 'now')).toEqual(['ann/1: now'])
    expect(await world.say(b, 'back')).toEqual(['ben/1: back'])
  })

  it('writes only the ratchets that a message moved', async () => {
    const { a } = await pair()
    const before = a.state
    await send(a, 'x')
    expect([...encodeState(a.state, before).keys()]).toEqual(['secrets/0'])
    expect([...encodeState(a.state, a.state).keys()]).toEqual([])
  })

  it('deletes the old epoch once somebody was removed', async () => {
    const { world, a, b } = await pair()
    const [c] = await world.add(a, [await testDevice('cleo', '1')])
    const before = b.state
    expect(partsOf(before).has('old/head')).toBe(true)
    await world.remove(a, [c?.who.name ?? ''])
    const changes = encodeState(b.state, before)
    expect([...changes].filter(([, bytes]) => bytes === undefined).map(([name]) => name)).toEqual([
      'old/head',
      'old/tree',
      'old/secrets/0',
    ])
  })

  it('is refused when a part is missing', async () => {
    const { a } = await pair()
    for (const name of partsOf(a.state).keys()) {
      // Without its head the old epoch is as if it had been deleted.
      if (name === 'old/head') continue
      const parts = new Map(partsOf(a.state))
      parts.delete(name)
      expect(() => decodeState(parts)).toThrowError(expect.objectContaining({ code: 'malformed' }))
    }
  })

  it('does not change the stored bytes when keys are overwritten', async () => {
    const { a, b } = await pair()
    const parts = partsOf(b.state)
    const message = await send(a, 'once')
    b.state = decodeState(parts)
    await receive(b, message)
    b.state = decodeState(parts)
    expect(await receive(b, message)).toBe('once')
  })
})

describe('A commit that the server has not accepted yet', () => {
  it('does not stop the old state from sending and receiving, and keeps its keys apart from the new one', async () => {
    const { a, b } = await pair()
    const pending = await a.who.engine.emptyCommit(a.state)
    const [one, two, three] = [await send(b, 'one'), await send(b, 'two'), await send(b, 'three')]
    expect(await receive(a, one)).toBe('one')
    a.state = a.who.engine.acceptPending(a.state, pending)
    expect(await receive(a, three)).toBe('three')
    expect(await receive(a, two)).toBe('two')
    expect(await codeOf(receive(a, one))).toBe('unreadable')
  })

  it('survives a restart', async () => {
    const { world, a } = await pair()
    const cleo = await testDevice('cleo', '1')
    const pending = decodePending(encodePending(await a.who.engine.emptyCommit(a.state)))
    await world.accept(a, pending)
    expect(await world.say(a, 'after')).toEqual(['ann/1: after'])
    expect(await world.add(a, [cleo])).toHaveLength(1)
  })

  it('is dropped when another one wins, and made again', async () => {
    const { world, a, b } = await pair()
    const lost = await a.who.engine.emptyCommit(a.state)
    await world.update(b)
    expect(() => a.who.engine.acceptPending(a.state, lost)).toThrowError(
      expect.objectContaining({ code: 'stale_commit' }),
    )
    await world.update(a)
    expect(await world.say(b, 'both')).toEqual(['ben/1: both'])
  })
})

describe('A state that the group has left behind', () => {
  it('opens nothing once it is retired, while the new one reads stragglers', async () => {
    const { world, a, b } = await pair()
    const late = await send(a, 'late')
    const before = b.state
    await world.update(b)
    await world.update(b)
    retire(before, [b.state])
    expect(await codeOf(b.who.engine.decrypt(before, late))).toBe('unreadable')
    const straggler = await send(a, 'straggler')
    const last = b.state
    await world.update(b)
    retire(last, [b.state])
    expect(await receive(b, straggler)).toBe('straggler')
    expect(await world.say(a, 'now')).toEqual(['ann/1: now'])
  })
})

describe('Messages out of order', () => {
  it('are read as long as not more than 64 of one sender are missing', async () => {
    const { a, b } = await pair()
    const messages: Uint8Array[] = []
    for (let n = 0; n < 66; n += 1) messages.push(await send(a, `${n}`))
    const [first, second] = messages
    const last = messages.at(-1)
    if (first === undefined || second === undefined || last === undefined) throw new Error('Nothing was sent')
    expect(await receive(b, last)).toBe('65')
    expect(await receive(b, second)).toBe('1')
    expect(await codeOf(receive(b, first))).toBe('unreadable')
  })

  it('are padded, so that their length tells little', async () => {
    const { a } = await pair()
    const [empty, short, longer] = [await send(a, ''), await send(a, 'x'.repeat(400)), await send(a, 'x'.repeat(500))]
    expect(short.length).toBe(empty.length)
    expect(longer.length).toBe(empty.length + 512)
  })
})
