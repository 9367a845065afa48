import type { OpenedClient } from '../api/client-sharing.ts'
import { createRemoteCalls, type RemoteCalls } from './remote-calls.ts'
import { methodsOf } from './remote-methods.ts'
import type { ToFollower } from './tab-messages.ts'

/** A leader's way to one other tab. What is told before the other tab was welcomed is in the welcome. */
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
