/** Says `delivered` as a client should: at most once per conversation and interval, the newest only. */
export const createReceipts = (send: (frame: string) => void, intervalMs = 250) => {
  const pending = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined

  const flush = (): void => {
    timer = undefined
    for (const [conversationId, upToSeq] of pending) {
      send(`{"type":"message_ack","conversationId":"${conversationId}","upToSeq":${upToSeq},"status":"delivered"}`)
    }
    pending.clear()
  }

  return {
    delivered: (conversationId: string, seq: number): void => {
      pending.set(conversationId, seq)
      timer ??= setTimeout(flush, intervalMs)
    },
    stop: (): void => clearTimeout(timer),
  }
}
