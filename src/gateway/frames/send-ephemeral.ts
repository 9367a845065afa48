import type { SocketWrites } from '../delivery/socket-writes.ts'
import { sharedFrame } from '../delivery/websocket-frame.ts'
import type { Registry } from '../sessions/local-sessions.ts'
import { liveFeed } from '../sessions/session-state.ts'

/** Sends a frame that nobody stores to the users' live sessions here; others miss it. */
export const sendEphemeral = (
  registry: Registry,
  outlet: SocketWrites,
  userIds: readonly string[],
  text: string,
): void => {
  const frame = sharedFrame(text)
  for (const userId of userIds) {
    for (const session of registry.ofUser(userId)) if (liveFeed(session.state) === 'send') outlet.shared(session, frame)
  }
}
