import { type RestAnswer, restOf } from '../server/rest.ts'
import type { Tokens } from '../server/tokens.ts'
import type { ChaosDevice } from './device.ts'

interface Served {
  readonly revision: number
}

/** A whole stream as REST serves it to a user, whose device signs what it asks; nothing to one who was never in. */
export const servedHistory = (url: string, tokens: Tokens, devices: readonly ChaosDevice[]) => {
  const callerFor = (user: string) => {
    const device = devices.find(({ userId, client }) => userId === user && client()?.state().name === 'live')
    if (device === undefined) throw new Error(`No device of ${user} is live`)
    return restOf(url, tokens, user, device.deviceId, device.client()?.prover())
  }
  return async (user: string, id: string): Promise<readonly Served[]> => {
    const rest = await callerFor(user)
    const events: Served[] = []
    for (let next: number | undefined = 0; next !== undefined; ) {
      const { status, json }: RestAnswer = await rest('GET', `/conversations/${id}/events?limit=1000&from=${next}`)
      if (status === 404) return []
      if (status !== 200) throw new Error(`${user} is not served ${id}: ${JSON.stringify(json)}`)
      events.push(...json.events)
      next = json.next
    }
    return events
  }
}
