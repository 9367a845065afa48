import { describe, expect, it } from 'vitest'
import { createGroupBook } from '../../../../../packages/client/src/groups/state/group-book.ts'
import { secretsOf } from '../../../../../packages/client/src/mls/key-erasure.ts'
import { forget } from '../../../../../packages/client/src/mls/message-encryption.ts'
import { createStoreWriter } from '../../../../../packages/client/src/stores/store-writer.ts'
import { testDevice } from '../../../../support/e2ee/device.ts'
import { codeOf, createGroupWorld, text, words } from '../../../../support/e2ee/world.ts'
import { createVirtualClock } from '../../time/virtual-clock.ts'

const isOverwritten = (secret: Uint8Array): boolean => secret.every((byte) => byte === 0)

/** Ben is in a group of a book whose store holds writes back until it is told to go on. */
const benInABook = async () => {
  const [ann, ben] = await Promise.all([testDevice('ann', '1'), testDevice('ben', '1')])
  const world = createGroupWorld('conversation')
  const a = await world.start(ann)
  const [b] = await world.add(a, [ben])
  if (b === undefined) throw new Error('Ben did not join')
  let goOn = () => {}
  const write = () => new Promise<void>((resolve) => (goOn = resolve))
  const writer = createStoreWriter({ write }, createVirtualClock(), (thrown) => expect.fail(String(thrown)))
  const book = createGroupBook(new Map(), writer)
  const group = book.of('conversation')
  group.state = b.state
  const stored = async (save: Promise<void>) => {
    await Promise.resolve()
    goOn()
    await save
    await book.inTurn(group, async () => {})
  }
  return { world, a, b, book, group, stored }
}

describe('The keys in memory of an epoch that is over', () => {
  it('stay until the next state is stored, and are overwritten then, but for those that it still uses', async () => {
    const { world, a, b, book, group, stored } = await benInABook()
    await stored(book.save(group))
    const late = await a.who.engine.encrypt(a.state, text('late'), text(''))
    const first = secretsOf(b.state)
    await world.update(a)
    group.state = b.state
    const saving = book.save(group)
    expect(first.filter(isOverwritten)).toEqual([])
    await stored(saving)
    const still = new Set(secretsOf(b.state))
    expect(first.filter((secret) => !still.has(secret)).every(isOverwritten)).toBe(true)
    const straggler = await b.who.engine.decrypt(b.state, late.message)
    expect(words(straggler.plaintext)).toBe('late')
    await world.update(b)
    group.state = b.state
    await stored(book.save(group))
    expect(first.every(isOverwritten)).toBe(true)
    expect(await world.say(a, 'now')).toEqual(['ann/1: now'])
  })

  it('are overwritten also when several epochs went by before anything was stored', async () => {
    const { world, a, b, book, group, stored } = await benInABook()
    const seen = [secretsOf(b.state)]
    for (let n = 0; n < 3; n += 1) {
      await world.update(n === 1 ? b : a)
      group.state = b.state
      seen.push(secretsOf(b.state))
    }
    await stored(book.save(group))
    const still = new Set(secretsOf(b.state))
    const over = seen.flat().filter((secret) => !still.has(secret))
    expect(over.length).toBeGreaterThan(20)
    expect(over.every(isOverwritten)).toBe(true)
    expect(await world.say(b, 'on')).toEqual(['ben/1: on'])
  })

  it('are overwritten when the device is out, and not while something is made with them', async () => {
    const { b, book, group, stored } = await benInABook()
    await stored(book.save(group))
    const first = secretsOf(b.state)
    let release = () => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    const sealing = book.inTurn(group, async () => {
      await gate
      return b.who.engine.encrypt(b.state, text('under way'), text(''))
    })
    group.state = undefined
    const saved = stored(book.save(group))
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(first.filter(isOverwritten)).toEqual([])
    release()
    forget((await sealing).spent)
    await saved
    expect(first.every(isOverwritten)).toBe(true)
    expect(await codeOf(b.who.engine.encrypt(b.state, text('again'), text('')))).not.toBe('again')
  })

  it('are kept as long as a commit that waits for its answer needs them', async () => {
    const { world, a, b, book, group, stored } = await benInABook()
    await stored(book.save(group))
    const made = await b.who.engine.emptyCommit(b.state)
    group.pending = { clientSeq: 1, generation: 0, upTo: 0, made }
    await stored(book.save(group))
    await world.deliverCommit('ben/1', made)
    b.state = b.who.engine.acceptPending(b.state, made)
    group.state = b.state
    group.pending = undefined
    await stored(book.save(group))
    expect(await world.say(b, 'own')).toEqual(['ben/1: own'])
    expect(await world.say(a, 'theirs')).toEqual(['ann/1: theirs'])
  })
})
