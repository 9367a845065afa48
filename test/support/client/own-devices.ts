import type { BackscrollClient, ClientOptions } from '../../../packages/client/src/api/client-api.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import type { ClientWorld } from './client-world.ts'

/** Clients of a world that nothing lets in by itself: what a person does, the test does. */
export const createOwnDevices = (world: () => ClientWorld) => {
  const clients: BackscrollClient[] = []
  /** Pairings stay open for a while after they are over. */
  const answered = new Set<string>()
  const make = async (userId: string, deviceId: string, options: Partial<ClientOptions> = {}) => {
    const token = () => world().token(userId, deviceId)
    const store = createMemoryStore()
    const me = { url: world().url(), token, userId, deviceId, store }
    // Tests of the history transfer switch it on.
    const client = await createClient({ ...me, transferHistory: false, ...options })
    clients.push(client)
    return client
  }
  const live = async (client: BackscrollClient) => {
    client.start()
    await client.whenLive()
    return client
  }
  /** Resolves with the ways in, once the device says that it needs one. */
  const untilAsked = (client: BackscrollClient) =>
    new Promise<Parameters<Parameters<typeof client.on<'approval_needed'>>[1]>[0]>((resolve) => {
      client.on('approval_needed', (signal) => resolve(signal))
      client.start()
    })
  const approve = async (by: BackscrollClient, fresh: BackscrollClient) => {
    await untilAsked(fresh)
    const requesting = fresh.requestApproval()
    const find = async () => (await by.approvalRequests()).find(({ pairingId }) => !answered.has(pairingId))
    let waiting = await find()
    while (waiting === undefined) waiting = await find()
    answered.add(waiting.pairingId)
    const answer = await by.answerApproval(waiting.pairingId)
    const request = await requesting
    await Promise.all([request.confirm(), answer.approve()])
    await fresh.whenLive()
    return fresh
  }
  return {
    make,
    live,
    untilAsked,
    approve,
    close: async () => {
      for (const client of clients) await client.close()
    },
  }
}
