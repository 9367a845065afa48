/** Own typing [M6]: `true` is repeated at most every 3 s, because it expires at the server; `false` only ends a `true`. */
export interface TypingSender {
  set(conversationId: string, typing: boolean): void
}

const repeatMs = 3_000

export const createTypingSender = (
  now: () => number,
  send: (conversationId: string, typing: boolean) => void,
): TypingSender => {
  const sentAt = new Map<string, number>()
  const begin = (id: string) => {
    if (now() - (sentAt.get(id) ?? Number.NEGATIVE_INFINITY) < repeatMs) return
    sentAt.set(id, now())
    send(id, true)
  }
  return {
    set: (id, typing) => {
      if (typing) begin(id)
      else if (sentAt.delete(id)) send(id, false)
    },
  }
}
