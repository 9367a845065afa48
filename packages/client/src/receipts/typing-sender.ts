/** Own typing [M6]: `true` is repeated at most every 3 s, because it expires at the server; `false` only ends a `true`. */
export interface TypingSender {
  set(conversationId: string, typing: boolean): void
  /** A new connection: what was sent over the one before has ended with it. */
  reset(): void
}

const repeatMs = 3_000

/** `send` answers whether it went out: without a connection nothing was sent. */
export const createTypingSender = (
  now: () => number,
  send: (conversationId: string, typing: boolean) => boolean,
): TypingSender => {
  const sentAt = new Map<string, number>()
  const begin = (id: string) => {
    if (now() - (sentAt.get(id) ?? Number.NEGATIVE_INFINITY) < repeatMs) return
    if (send(id, true)) sentAt.set(id, now())
  }
  return {
    set: (id, typing) => {
      if (typing) begin(id)
      else if (sentAt.delete(id)) send(id, false)
    },
    reset: () => sentAt.clear(),
  }
}
