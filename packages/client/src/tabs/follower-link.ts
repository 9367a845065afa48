import type { OpenedClient } from '../api/client-sharing.ts'
import { createRemoteCalls, type RemoteCalls } from './remote-calls.ts'
import { methodsOf } from './remote-methods.ts'
import type { ToFollower } from './tab-messages.ts'

/** The leader's connection to one follower. Updates are held back until the welcome, which contains them. */
export interface FollowerLink {
  readonly calls: RemoteCalls
  isWelcome: boolean
  post(message: ToFollower): void
  end(): void
}

const always: ReadonlySet<ToFollower['type']> = new Set([
  'welcome',
  'ended',
  'refused',
  'result',
  'call',
  'stored',
  'outcome',
])

export const createFollowerLink = (
  send: (message: ToFollower) => void,
  opened: Promise<OpenedClient>,
): FollowerLink => {
  const calls = createRemoteCalls(send, methodsOf(opened))
  const link: FollowerLink = {
    calls,
    isWelcome: false,
    post: (message) => {
      if (link.isWelcome || always.has(message.type)) send(message)
    },
    end: calls.end,
  }
  return link
}
