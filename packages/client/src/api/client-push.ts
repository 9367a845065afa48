import { done } from '@backscroll/protocol/rest/done'
import {
  type PushOffer,
  type PushPreferences,
  type PushTarget,
  pushOffer,
  pushPreferences,
} from '@backscroll/protocol/rest/push'
import type { Rest } from '../rest/rest-client.ts'

/** How this device is woken when messages wait for it. A wake-up says nothing of what waits. */
export interface ClientPush {
  readonly push: {
    /** The ways in which the server wakes devices. */
    offer(): Promise<PushOffer>
    /**
     * Wakes this device there from now on, instead of where it was woken before. Call it with every start: a target
     * that is not registered again grows old. Rejects with `push_unavailable`, and with `invalid` for a target that the
     * server cannot use.
     */
    register(target: PushTarget): Promise<void>
    unregister(): Promise<void>
    /** When the user wants no wake-ups, on all devices. */
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
