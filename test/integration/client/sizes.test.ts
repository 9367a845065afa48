import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import { type ClientWorld, openClientWorld } from '../../support/client/client-world.ts'

const guide = readFileSync(new URL('../../../docs/guide/client-developers.md', import.meta.url), 'utf8').replace(
  /\s+/g,
  ' ',
)
const [, textKiB, bytesKiB] = /room for (\d+) KiB of text \(as UTF-8\) or (\d+) KiB of bytes/.exec(guide) ?? []
const kib = 1024

describe('the sizes that the guide promises', () => {
  let world: ClientWorld
  let alice: BackscrollClient
  beforeAll(async () => {
    world = await openClientWorld()
    await world.enrol('bob')
    alice = await world.client('alice', 'phone')
    alice.start()
    await alice.whenLive()
  })
  afterAll(() => world.close())

  const send = (body: string | Uint8Array) =>
    alice.send({ user: 'bob' }, typeof body === 'string' ? { text: body } : body)
  const seq = expect.objectContaining({ seq: expect.any(Number) })
  const tooLarge = expect.objectContaining({ code: 'too_large' })

  it('are taken, whatever the letters', async () => {
    const bytes = Number(textKiB) * kib
    expect(await send('x'.repeat(bytes))).toEqual(seq)
    expect(await send('\u00e4'.repeat(bytes / 2))).toEqual(seq)
    expect(await send(new Uint8Array(Number(bytesKiB) * kib))).toEqual(seq)
  })

  it('are the most that is taken, but for less than one KiB', async () => {
    await expect(send('x'.repeat((Number(textKiB) + 1) * kib))).rejects.toEqual(tooLarge)
    await expect(send(new Uint8Array((Number(bytesKiB) + 1) * kib))).rejects.toEqual(tooLarge)
  })
})
