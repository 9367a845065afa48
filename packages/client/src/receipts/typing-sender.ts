import type { TypingActivity } from '@backscroll/protocol/client-frames'

/** What the user is doing: `true` means typing, `false` means nothing. */
export type OwnTyping = boolean | TypingActivity

/**
 * This user's typing signals [M6]. A signal that goes on is repeated at most every 3 s, because the server lets it
 * expire. A change is sent at once. `false` is sent only if a signal was sent before.
 */
export interface TypingSender {
  set(conversationId: string, typing: OwnTyping): void
  /** A new connection: the signals that were sent over the last one have ended. */
  reset(): void
}

const repeatMs = 3_000

/** `send` returns whether the frame was sent. Without a connection it is not. */
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
