import { describe, expect, it } from 'vitest'
import { BackscrollError } from '../../../../packages/client/src/errors/backscroll-error.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { createStoreHealth } from '../../../../packages/client/src/stores/store-health.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'

const world = () => {
  const clock = createVirtualClock()
  const broken: unknown[] = []
  const health = createStoreHealth({ clock, onBroken: (thrown) => broken.push(thrown) })
  let failure: Error | undefined
  const inner = createMemoryStore()
  const store = health.store({
    ...inner,
    write: async (changes) => {
      if (failure !== undefined) throw failure
      await inner.write(changes)
    },
  })
  const fail = (with_?: Error) => {
    failure = with_
  }
  /** As the client does it: once a second. */
  const tryFor = async (seconds: number) => {
    for (let n = 0; n < seconds; n += 1) {
      await store.write([{ key: 'a', value: n }]).catch(() => {})
      await clock.advance(1_000)
    }
  }
  return { broken, fail, tryFor }
}

describe('A store that fails while a client runs', () => {
  it('is the end of the client when it goes on for half a minute, and is told once', async () => {
    const { broken, fail, tryFor } = world()
    fail(new Error('EIO'))
    await tryFor(29)
    expect(broken).toEqual([])
    await tryFor(30)
    expect(broken).toEqual([new Error('EIO')])
  })

  it('is none when it takes something again in time', async () => {
    const { broken, fail, tryFor } = world()
    for (let n = 0; n < 5; n += 1) {
      fail(new Error('ENOSPC'))
      await tryFor(20)
      fail(undefined)
      await tryFor(1)
    }
    expect(broken).toEqual([])
  })

  it('is it at once when it is damaged', async () => {
    const { broken, fail, tryFor } = world()
    fail(new BackscrollError('corrupt_store'))
    await tryFor(1)
    expect(broken).toHaveLength(1)
  })
})
