import type { TypingActivity } from '@backscroll/protocol/client-frames'

/** What the user does: true is typing, false nothing. */
export type OwnTyping = boolean | TypingActivity

/**
 * Own typing [M6]: what goes on is repeated at most every 3 s, because it expires at the server; a change is said at
 * once, and `false` only where something was said.
 */
export interface TypingSender {
  set(conversationId: string, typing: OwnTyping): void
  /** A new connection: what was sent over the one before has ended with it. */
  reset(): void
}

const repeatMs = 3_000

/** `send` answers whether it went out: without a connection nothing was sent. */
export const createTypingSender = (
  now: () => number,
  send: (conversationId: string, typing: TypingActivity | undefined) => boolean,
): TypingSender => {
  const sent = new Map<string, { readonly at: number; readonly activity: TypingActivity }>()
  const begin = (id: string, activity: TypingActivity) => {
    const last = sent.get(id)
    if (last?.activity === activity && now() - last.at < repeatMs) return
    if (send(id, activity)) sent.set(id, { at: now(), activity })
  }
  return {
    set: (id, typing) => {
      if (typing !== false) begin(id, typing === true ? 'typing' : typing)
      else if (sent.delete(id)) send(id, undefined)
    },
    reset: () => sent.clear(),
  }
}
