import { createHash, randomUUID } from 'node:crypto'
import { type CommitRequest, createFakeGroup } from '../groups/fake-group.ts'
import { type DeviceName, device } from '../groups/mls-frames.ts'
import { departure, signedReset } from '../groups/signed-act.ts'
import { type Caller, createCaller, startApi } from './harness.ts'

export const [ann, bob, bobTablet, carol, dave] = [
  device('ann'),
  device('bob'),
  device('bob', 'tablet'),
  device('carol'),
  device('dave'),
]

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** The REST API, some devices, and one conversation with its encryption group. */
export const openGroupWorld = async () => {
  const running = await startApi()
  const id = randomUUID()
  const group = createFakeGroup(id)
  const callers = new Map<DeviceName, Caller>()
  const numbers = new Map<DeviceName, number>()
  for (const one of [ann, bob, bobTablet, carol, dave]) {
    callers.set(one, await createCaller(running, one.userId, one.deviceId))
  }

  const call = (by: DeviceName, ...request: Parameters<Caller>) => {
    const caller = callers.get(by)
    if (caller === undefined) throw new Error('no such device')
    return caller(...request)
  }

  /** A numbered command; the number is used up if it was accepted. Waits until the views hold its event. */
  const command = async (by: DeviceName, method: 'POST' | 'PATCH' | 'DELETE', path: string, body: object = {}) => {
    const last = numbers.get(by) ?? 0
    const numbered = { clientSeq: last + 1, afterClientSeq: last }
    const answer = await call(by, method, path, { ...body, ...numbered })
    if (answer.status !== 200) return answer
    numbers.set(by, last + 1)
    await call(by, 'GET', `/inbox?atLeast=${answer.body.position}`)
    return answer
  }

  return {
    id,
    group,
    call,
    command,
    start: (members: readonly string[], others: readonly DeviceName[]) =>
      command(ann, 'POST', '/conversations', { conversationId: id, members, group: group.begin(ann, others) }),
    commit: async (by: DeviceName, request: CommitRequest) => {
      const answer = await command(by, 'POST', `/conversations/${id}/commits`, request)
      if (answer.status === 200) group.accepted(request)
      return answer
    },
    send: (by: DeviceName, ciphertext: string, more: object = {}) =>
      command(by, 'POST', '/messages', { conversationId: id, messageId: randomUUID(), ciphertext, ...more }),
    remove: (by: DeviceName, userId: string) => {
      const last = numbers.get(by) ?? 0
      const place = { conversationId: id, epoch: group.epoch }
      const body = departure(by, place, userId, { clientSeq: last + 1, afterClientSeq: last })
      return command(by, 'DELETE', `/conversations/${id}/members/${userId}`, body)
    },
    reset: (by: DeviceName, generation: number) => {
      const clientSeq = (numbers.get(by) ?? 0) + 1
      const signed = signedReset({ ...by, conversationId: id, generation, clientSeq })
      return command(by, 'POST', `/conversations/${id}/group-reset`, signed)
    },
    welcomesOf: async (one: DeviceName) => (await call(one, 'GET', `/devices/${one.deviceId}/welcomes`)).body.items,
    eventsOf: async (one: DeviceName) => (await call(one, 'GET', `/conversations/${id}/events?from=0`)).body.events,
    blobOf: async (one: DeviceName, hash: string) =>
      running.api.inject({
        url: `/conversations/${id}/blobs/${hash}`,
        headers: { authorization: `Bearer ${await running.tokenFor(one.userId, one.deviceId)}` },
      }),
    running,
    close: running.close,
  }
}
