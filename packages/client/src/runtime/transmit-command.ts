import { type SendMessageFrame, sendMessage } from '@backscroll/protocol/client-frames'
import { limits } from '@backscroll/protocol/limits'
import { commandResult } from '@backscroll/protocol/rest/command-result'
import { sendResult } from '@backscroll/protocol/server-frames'
import type { Answers, ProbeEntry, TransmitEntry } from '../commands/outbox-answers.ts'
import type { MessageCommand, OutboxEntry, RestCommand } from '../commands/outbox-entry.ts'
import type { Connection } from '../connection/connection.ts'
import type { Pacer } from '../connection/rate-pacer.ts'
import { BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import type { Protection } from '../protection/protection.ts'
import type { Rest } from '../rest/rest-client.ts'

export interface TransmitDeps {
  readonly protection: Pick<Protection, 'seal' | 'request'>
  readonly pacer: Pacer
  readonly connection: Pick<Connection, 'ask'>
  readonly rest: Pick<Rest, 'request'>
}

export interface Transmit {
  readonly transmit: TransmitEntry
  readonly probe: ProbeEntry
}

/**
 * It has no ciphertext, so it is never accepted; the server first checks whether the number was used for this
 * message.
 */
const noCiphertext = 'AAAA'

const relationOf = ({ relatesTo }: MessageCommand) => {
  if (relatesTo === undefined) return undefined
  const { messageId, revision, kind } = relatesTo
  return { relatesTo: { messageId, revision, kind } }
}

const frameOf = (
  entry: OutboxEntry,
  command: MessageCommand,
  afterClientSeq: number,
  ciphertext: string | undefined,
): Omit<SendMessageFrame, 'id'> => ({
  type: 'send_message',
  ...(command.recipientId === undefined
    ? { conversationId: entry.conversationId }
    : { recipientId: command.recipientId }),
  messageId: entry.messageId,
  clientSeq: entry.clientSeq,
  afterClientSeq,
  ...(ciphertext === undefined ? {} : { ciphertext }),
  ...(command.contentType === undefined ? {} : { contentType: command.contentType }),
  ...(command.mediaIds === undefined ? {} : { mediaIds: command.mediaIds }),
  ...relationOf(command),
  sentAt: command.sentAt,
  ...(command.control && { control: true as const }),
})

/** What the server would refuse for its form alone is refused here: the socket is not the place to find out. */
const checked = (frame: Omit<SendMessageFrame, 'id'>): Omit<SendMessageFrame, 'id'> => {
  if ((frame.ciphertext?.length ?? 0) > limits.ciphertext) throw new BackscrollError('too_large')
  const issue = sendMessage.safeParse({ ...frame, id: 1 }).error?.issues[0]
  if (issue === undefined) return frame
  throw new BackscrollError('invalid', { message: `${issue.path.join('.')}: ${issue.message}` })
}

/** Sends outbox entries: messages over the socket, sealed and paced; group commands over REST, under the same numbers. */
export const createTransmit = ({ protection, pacer, connection, rest }: TransmitDeps): Transmit => {
  const sendOver = async (entry: OutboxEntry, command: MessageCommand, after: number, answers: Answers) => {
    const send = (ciphertext?: string) => ask(checked(frameOf(entry, command, after, ciphertext)), ciphertext, answers)
    // A sealed message goes out at once: by its turn others might be able to read it.
    await pacer.turn()
    if (command.plaintext === undefined) send()
    else await protection.seal(entry, command, send)
  }

  const ask = (frame: Omit<SendMessageFrame, 'id'>, ciphertext: string | undefined, answers: Answers) => {
    const resolve = (result: unknown) => {
      const parsed = sendResult.safeParse(result)
      if (parsed.success) answers.answered({ result: parsed.data, ciphertext })
      else answers.refused(new BackscrollError('internal', { message: 'The answer cannot be understood' }))
    }
    connection.ask(frame, { resolve, reject: answers.refused })
  }

  const sendByRest = (
    command: Omit<RestCommand, 'kind'>,
    numbers: { clientSeq: number; afterClientSeq: number },
    answers: Answers,
  ) => {
    const { method, path, body } = command
    rest.request({ method, path, body: { ...body, ...numbers }, schema: commandResult }).then(
      (result) => answers.answered({ result, ciphertext: undefined }),
      (thrown) => answers.refused(toBackscrollError(thrown)),
    )
  }

  return {
    transmit: async (entry, afterClientSeq, answers) => {
      const { command, clientSeq } = entry
      const numbers = { clientSeq, afterClientSeq }
      if (command.kind === 'message') await sendOver(entry, command, afterClientSeq, answers)
      else if (command.kind === 'rest') sendByRest(command, numbers, answers)
      else sendByRest(await protection.request(entry), numbers, answers)
    },
    probe: (entry, command, afterClientSeq, answers) =>
      ask(frameOf(entry, command, afterClientSeq, noCiphertext), undefined, answers),
  }
}
