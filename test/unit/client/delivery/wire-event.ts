import type { WireEvent } from '@backscroll/protocol/server-frames'

/** The event of this revision of conversation `c`, by bob. */
export const wireEvent = (revision: number, type = 'MessageSent'): WireEvent => ({
  stream: { kind: 'conversation', id: 'c' },
  revision,
  position: String(revision),
  type,
  at: 0,
  actor: { userId: 'bob', deviceId: 'd' },
  data: {},
})
