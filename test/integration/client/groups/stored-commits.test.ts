import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientStore } from '../../../../packages/client/src/stores/client-store.ts'
import { createDisk, type Disk } from '../../../support/chaos/crash.ts'
import { type ClientWorld, eventually, openClientWorld } from '../../../support/client/client-world.ts'

/** Whatever is written takes a while, in order. */
const slowStore = (disk: Disk): ClientStore => {
  let queue: Promise<void> = Promise.resolve()
  return {
    load: async () => structuredClone(disk.records),
    write: (changes) => {
      const copy = structuredClone(changes)
      queue = queue.then(async () => {
        await sleep(20)
        for (const { key, value } of copy)
          if (value === undefined) disk.records.delete(key)
          else disk.records.set(key, value)
      })
      return queue
    },
    close: () => queue,
  }
}

/** The GroupInfo that goes out with a commit, base64: no two are the same. */
const infoOf = (body: unknown): string => {
  const { groupInfo, group } = JSON.parse(String(body))
  return groupInfo ?? group.groupInfo
}

const holds = ({ records }: Disk, info: string): boolean =>
  [...records].some(
    ([key, value]) =>
      key.startsWith('pending/') && Buffer.from(String(value), 'base64').includes(`"groupInfo":"${info}"`),
  )

describe('A commit on its way out', () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld()
  })
  afterAll(() => world.close())

  it('is stored before it is sent, whatever else wakes the outbox meanwhile: a device that dies then knows what it has sent', async () => {
    const disk = createDisk()
    const sent: { readonly path: string; readonly stored: boolean }[] = []
    const watched: typeof fetch = (input, init) => {
      const path = new URL(String(input)).pathname
      if (init?.method === 'POST' && (path === '/conversations' || path.endsWith('/commits'))) {
        sent.push({ path, stored: holds(disk, infoOf(init.body)) })
      }
      return fetch(input, init)
    }
    await world.enrol('bob')
    await world.enrol('cyd')
    const ann = await world.client('ann', 'one', { store: slowStore(disk), fetch: watched })
    ann.start()
    await ann.whenLive()
    const groups = Array.from({ length: 8 }, () => ann.createGroup({ members: ['bob'] }))
    await Promise.all(groups.map(({ done }) => done))
    await Promise.all(groups.map(({ conversationId }) => ann.addMembers(conversationId, ['cyd'])))
    await eventually(() => sent.length >= 16, 'the commits')
    expect(sent.filter(({ stored }) => !stored)).toEqual([])
  }, 60_000)
})
