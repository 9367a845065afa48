import { setTimeout as sleep } from 'node:timers/promises'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import { BackscrollError } from '../../../packages/client/src/errors/backscroll-error.ts'

export interface Approvals {
  /** The user's first device makes a recovery key, the others come in by it. */
  readonly approve: (userId: string, client: BackscrollClient) => void
  /** Resolves when every user has one; rejects when one has none for long. */
  readonly settled: () => Promise<unknown>
}

const pauseMs = 200
const patienceMs = 120_000

export const createApprovals = (): Approvals => {
  const keys = new Map<string, Promise<string>>()
  const known = new Set<string>()
  let trouble: unknown

  /** What fails is tried again, as a person would: without a key the user's other devices never come in. */
  const makeKey = async (userId: string, client: BackscrollClient): Promise<void> => {
    if (keys.has(userId)) return
    const making = client.createRecoveryKey()
    keys.set(userId, making)
    try {
      await making
    } catch (thrown) {
      trouble = thrown
      keys.delete(userId)
      if (thrown instanceof BackscrollError && thrown.code === 'stopped') return
      await sleep(pauseMs)
      await makeKey(userId, client)
    }
  }
  const recover = async (userId: string, client: BackscrollClient): Promise<void> => {
    for (let tries = 0; tries < 300; tries += 1)
      try {
        const key = await keys.get(userId)
        if (key !== undefined) return await client.recover(key)
        await sleep(pauseMs)
      } catch (thrown) {
        if (thrown instanceof BackscrollError && thrown.code === 'stopped') return
        await sleep(pauseMs)
      }
  }
  return {
    approve: (userId, client) => {
      known.add(userId)
      client.on('state', ({ state }) => void (state.name === 'live' && makeKey(userId, client)))
      client.on('approval_needed', () => void recover(userId, client))
    },
    settled: async () => {
      const until = performance.now() + patienceMs
      for (; ; await sleep(pauseMs)) {
        await Promise.allSettled(keys.values())
        const lacking = [...known].filter((userId) => !keys.has(userId))
        if (lacking.length === 0) return
        if (performance.now() > until) throw new Error(`No recovery key for ${lacking.join(', ')}`, { cause: trouble })
      }
    },
  }
}
