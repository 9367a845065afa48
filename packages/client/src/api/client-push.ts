import { done } from '@backscroll/protocol/rest/done'
import {
  type PushOffer,
  type PushPreferences,
  type PushTarget,
  pushOffer,
  pushPreferences,
} from '@backscroll/protocol/rest/push'
import type { Rest } from '../rest/rest-client.ts'

/** Wake-ups for this device while messages wait for it. A wake-up does not say what waits. */
export interface ClientPush {
  readonly push: {
    /** How the server can wake devices. */
    offer(): Promise<PushOffer>
    /**
     * Sets where this device is woken, and replaces the previous target. Call it at every start, because a
     * target that is not registered again expires. Rejects with `push_unavailable`, or with `invalid` for a
     * target that the server cannot use.
     */
    register(target: PushTarget): Promise<void>
    unregister(): Promise<void>
    /** When the user wants no wake-ups, for all of the user's devices. */
    preferences(): Promise<PushPreferences>
    setPreferences(preferences: PushPreferences): Promise<PushPreferences>
  }
}

export const createClientPush = (rest: Pick<Rest, 'request' | 'read'>, deviceId: string): ClientPush => {
  const path = `/devices/${encodeURIComponent(deviceId)}/push`
  return {
    push: {
      offer: () => rest.read({ path: '/push', schema: pushOffer }),
      register: async (body) => void (await rest.read({ method: 'PUT', path, body, schema: done })),
      unregister: async () => void (await rest.read({ method: 'DELETE', path, schema: done })),
      preferences: () => rest.read({ path: '/me/push', schema: pushPreferences }),
      setPreferences: (body) => rest.read({ method: 'PUT', path: '/me/push', body, schema: pushPreferences }),
    },
  }
}
