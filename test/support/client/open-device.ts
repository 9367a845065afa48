import type { BackscrollClient, ClientOptions } from '../../../packages/client/src/api/client-api.ts'
import type { ClientEvent } from '../../../packages/client/src/events/client-events.ts'
import { live, record } from './client-log.ts'
import type { ClientWorld } from './client-world.ts'

/** A device that is live, and what its application was told. */
export interface OpenedDevice {
  readonly client: BackscrollClient
  readonly log: readonly ClientEvent[]
  readonly user: string
}

export const openDevice = async (
  world: Pick<ClientWorld, 'client'>,
  user: string,
  options: Partial<ClientOptions> = {},
  device = 'one',
): Promise<OpenedDevice> => {
  const client = await world.client(user, device, options)
  const log = record(client)
  await live(client)
  return { client, log, user }
}
