import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSocket, type ServerSocket } from './server-socket.ts'

interface Sent {
  readonly messageId: string
  readonly clientSeq: number
  /** Where it stands, once it was acknowledged. */
  revision: number | undefined
}

/** One device below the SDK: sends one direct message after another, several unanswered at a time, and again after each loss. */
export interface Sender {
  readonly sent: readonly Sent[]
  /** Sends until it is told to stop, and then until everything is acknowledged. */
  run(): Promise<void>
  stop(): void
  /** Codes of errors that came. */
  readonly refusals: ReadonlySet<string>
}

export interface SenderOptions {
  readonly url: string
  readonly token: () => Promise<string>
  readonly recipientId: string
  readonly window: number
}

const body = (text: string) => Buffer.from(text).toString('base64')

export const createSender = ({ url, token, recipientId, window }: SenderOptions): Sender => {
  const sent: Sent[] = []
  const refusals = new Set<string>()
  let stopped = false

  const frameOf = ({ messageId, clientSeq }: Sent) => ({
    ...{ type: 'send_message', recipientId, messageId, clientSeq, afterClientSeq: clientSeq - 1 },
    ciphertext: body(messageId),
  })
  const unanswered = () => sent.filter(({ revision }) => revision === undefined)
  const more = (): Sent => {
    const next = { messageId: randomUUID(), clientSeq: sent.length + 1, revision: undefined }
    sent.push(next)
    return next
  }

  /** False when it has to be sent again over another connection. */
  const offer = async (socket: ServerSocket, one: Sent): Promise<boolean> => {
    const answer = await socket.ask(frameOf(one))
    if (answer?.type === 'error') refusals.add(answer.code)
    if (answer?.type !== 'reply') return false
    const { revision } = answer.result as { revision: number }
    one.revision ??= revision
    if (one.revision !== revision)
      throw new Error(`${one.messageId} was acknowledged at ${one.revision} and at ${revision}`)
    return true
  }
  /** Everything unanswered again, in order, then new ones; ends at the first refusal or loss. */
  const over = async (socket: ServerSocket): Promise<void> => {
    for (;;) {
      const again = unanswered()
      const fresh = stopped ? [] : Array.from({ length: Math.max(0, window - again.length) }, more)
      if (again.length + fresh.length === 0) return
      const answered = await Promise.all([...again, ...fresh].map((one) => offer(socket, one)))
      if (answered.includes(false)) return
    }
  }
  const once = async (): Promise<void> => {
    const socket = await openSocket(url, await token())
    await socket.connect()
    await over(socket)
    socket.drop()
  }

  return {
    sent,
    refusals,
    stop: () => {
      stopped = true
    },
    run: async () => {
      while (!stopped || unanswered().length > 0) {
        await once().catch((thrown) => {
          if (thrown instanceof Error && thrown.message.includes('acknowledged at')) throw thrown
        })
        await sleep(30)
      }
    },
  }
}
