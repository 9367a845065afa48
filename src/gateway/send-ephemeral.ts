import type { Outlet } from './outlet.ts'
import type { Registry } from './registry.ts'
import { liveFeed } from './session-state.ts'
import { sharedFrame } from './websocket-frame.ts'

/** Sends a frame that nothing keeps to the users' live sessions here; others have missed it. */
export const sendEphemeral = (registry: Registry, outlet: Outlet, userIds: readonly string[], text: string): void => {
  const frame = sharedFrame(text)
  for (const userId of userIds) {
    for (const session of registry.ofUser(userId)) if (liveFeed(session.state) === 'send') outlet.shared(session, frame)
  }
}
