import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { createFakeGroup } from '../groups/fake-group.ts'
import type { RestUser } from './rest.ts'
import { openSocket, type ServerSocket } from './socket.ts'

interface Sent {
  readonly messageId: string
  readonly clientSeq: number
  readonly ciphertext: string
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
  readonly rest: RestUser
  readonly token: () => Promise<string>
  readonly recipientId: string
  readonly window: number
}

/** With the first number of the device's chain: its messages have those from 2 on. */
const startDirect = async (rest: RestUser, recipientId: string) => {
  await rest.meet([recipientId])
  const group = createFakeGroup(directConversationId(rest.device.userId, recipientId))
  const start = { recipientId, group: group.begin(rest.device), clientSeq: 1, afterClientSeq: 0 }
  const { status, text } = await rest('POST', '/conversations', start)
  if (status !== 200) throw new Error(text)
  return group
}

/** Resolves when the conversation is started. */
export const openSender = async ({ url, rest, token, recipientId, window }: SenderOptions): Promise<Sender> => {
  const group = await startDirect(rest, recipientId)
  const sent: Sent[] = []
  const refusals = new Set<string>()
  let stopped = false

  const frameOf = ({ messageId, clientSeq, ciphertext }: Sent) => ({
    ...{ type: 'send_message', recipientId, messageId, ciphertext, clientSeq, afterClientSeq: clientSeq - 1 },
  })
  const unanswered = () => sent.filter(({ revision }) => revision === undefined)
  const more = (): Sent => {
    const messageId = randomUUID()
    const ciphertext = group.message(messageId)
    const next = { messageId, ciphertext, clientSeq: sent.length + 2, revision: undefined }
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
