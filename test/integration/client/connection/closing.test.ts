import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ClientWorld, openClientWorld } from '../../../support/client/client-world.ts'

/** Holds back the answers to claims of key packages until `goOn`. */
const holdingClaims = () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
  const { promise: released, resolve: goOn } = Promise.withResolvers<void>()
  const holding: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init)
    if (!String(input).endsWith('/key-packages/claim')) return answer
    ask()
    await released
    return answer
  }
  return { fetch: holding, asked, goOn }
}

describe('The SDK when it is closed', () => {
  let world: ClientWorld
  let unhandled: unknown[] = []
  const note = (thrown: unknown) => void unhandled.push(thrown)
  beforeAll(async () => {
    world = await openClientWorld()
    await world.enrol('bob')
  })
  afterAll(() => world.close())
  beforeEach(() => {
    unhandled = []
    process.on('unhandledRejection', note)
  })
  afterEach(() => process.off('unhandledRejection', note))

  it('gives up the commit that it was making, and leaves no rejection that nobody handles', async () => {
    const { fetch, asked, goOn } = holdingClaims()
    const ada = await world.client('ada', 'phone', { fetch })
    ada.start()
    await ada.whenLive()
    const sending = ada.send({ user: 'bob' }, { text: 'hello' })
    sending.catch(() => {})
    await asked
    await ada.close()
    await expect(sending).rejects.toMatchObject({ code: 'stopped' })
    // The commit is not stored, nor that it was given up.
    const failures = Promise.withResolvers<void>()
    let stopped = 0
    ada.on('error', ({ error }) => {
      if (error.code === 'stopped') stopped += 1
      if (stopped === 2) failures.resolve()
    })
    goOn()
    await failures.promise
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
  })
})
