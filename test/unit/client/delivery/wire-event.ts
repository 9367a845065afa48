import type { WireEvent } from '@backscroll/protocol/server-frames'

const data: Readonly<Record<string, WireEvent['data']>> = {
  MessageSent: { messageId: 'm', seq: 1 },
  GroupCommitted: { generation: 0, epoch: 1, external: false, added: [], commit: null, welcome: null },
}

/** The event of this revision of conversation `c`, by bob. */
export const wireEvent = (revision: number, type = 'MessageSent'): WireEvent => ({
  stream: { kind: 'conversation', id: 'c' },
  revision,
  position: String(revision),
  type,
  at: 0,
  actor: { userId: 'bob', deviceId: 'd' },
  data: data[type] ?? {},
})
