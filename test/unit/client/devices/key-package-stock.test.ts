import { describe, expect, it } from 'vitest'
import { loadKeyPackageStock } from '../../../../packages/client/src/devices/key-package-stock.ts'
import { BackscrollError } from '../../../../packages/client/src/errors/backscroll-error.ts'
import { createMlsEngine } from '../../../../packages/client/src/mls/mls-engine.ts'
import { testDevice } from '../../../support/e2ee/device.ts'

/** A server that has a last-resort package and enough others, but for what a test says. */
const world = async (stored: ReadonlyMap<string, unknown> = new Map()) => {
  const kept = new Map(stored)
  const now = () => 1_700_000_000_000
  const server = { oneTime: 0, lastResort: true, answer: () => {}, published: 0 }
  const stock = loadKeyPackageStock(kept, {
    engine: createMlsEngine({ now, pins: () => new Map() }),
    directory: {
      keyPackageCount: async () => ({ oneTime: server.oneTime, lastResort: server.lastResort }),
      publish: async (packages) => {
        server.answer()
        server.published += packages.filter(({ lastResort }) => lastResort).length
      },
    },
    writer: {
      write: async (changes) => {
        for (const { key, value } of changes) value === undefined ? kept.delete(key) : kept.set(key, value)
      },
      close: () => {},
    },
    time: { now, earliest: now },
  })
  return { stock, kept, server, device: (await testDevice('ann', '1')).device }
}

const fail = (code: 'bad_key_package' | 'unavailable') => () => {
  throw new BackscrollError(code)
}

describe('Key packages of this device', () => {
  it('keeps none that the server has refused', async () => {
    const { stock, kept, server, device } = await world()
    server.answer = fail('bad_key_package')
    await expect(stock.replenish(device)).rejects.toMatchObject({ code: 'bad_key_package' })
    expect([stock.all().length, kept.size]).toEqual([0, 0])
  })

  it('keeps those of which nobody knows whether the server has them, and publishes another last-resort one', async () => {
    const { stock, kept, server, device } = await world()
    server.answer = fail('unavailable')
    await expect(stock.replenish(device)).rejects.toMatchObject({ code: 'unavailable' })
    expect(stock.all().length).toBe(51)
    server.answer = () => {}
    server.oneTime = 50
    const again = await world(kept)
    again.server.oneTime = 50
    await again.stock.replenish(device)
    expect([again.server.published, again.stock.all().length]).toEqual([1, 52])
    await again.stock.replenish(device)
    expect(again.server.published).toBe(1)
  })
})
