import type { SessionRegistry } from '../../ports/session-registry.ts'
import type { MemoryLeaseHub } from './lease-hub.ts'

const prune = (ends: Map<string, number>, now: number): void => {
  for (const [key, end] of ends) if (end <= now) ends.delete(key)
}

/** The session registry in memory, for tests and for a deployment in a single process. */
export const createMemoryRegistry = ({ users, living, ttlMs, now }: MemoryLeaseHub): SessionRegistry => {
  const forget = (userId: string, gateways: Map<string, number>): void => {
    if (gateways.size === 0) users.delete(userId)
  }

  const sweep = (): void => {
    const at = now()
    prune(living, at)
    for (const [userId, gateways] of users) {
      prune(gateways, at)
      forget(userId, gateways)
    }
  }

  const gatewaysOf = (userId: string): readonly string[] => {
    const at = now()
    const lasts = (end = 0) => end > at
    const own = [...(users.get(userId) ?? [])]
    return own.filter(([gateway, end]) => lasts(end) && lasts(living.get(gateway))).map(([gateway]) => gateway)
  }

  return {
    enter: async (gatewayId, userIds) => {
      const end = now() + ttlMs * 2
      for (const userId of userIds) {
        const gateways = users.get(userId) ?? new Map<string, number>()
        users.set(userId, gateways.set(gatewayId, end))
      }
    },
    leave: async (gatewayId, userIds) => {
      for (const userId of userIds) {
        const gateways = users.get(userId)
        gateways?.delete(gatewayId)
        if (gateways !== undefined) forget(userId, gateways)
      }
    },
    gatewaysOf: async (userIds) => {
      const found = userIds.map((userId) => [userId, gatewaysOf(userId)] as const)
      return new Map(found.filter(([, gateways]) => gateways.length > 0))
    },
    begin: async (gatewayId) => void living.set(gatewayId, now() + ttlMs),
    alive: async (gatewayId) => {
      sweep()
      if (!living.has(gatewayId)) return false
      living.set(gatewayId, now() + ttlMs)
      return true
    },
    gone: async (gatewayId) => void living.delete(gatewayId),
    gateways: async () => {
      sweep()
      return [...living.keys()]
    },
  }
}
