import { createClientCommands } from '../api/client-commands.ts'
import type { OpenedClient } from '../api/client-sharing.ts'
import type { StopReason } from '../connection/state-reasons.ts'
import { createAskedCommands } from '../outbox/asked-commands.ts'
import type { MessageUploads } from '../uploads/message-uploads.ts'
import type { ClientLifeDeps } from './client-life.ts'
import { pendingOf, waitingIn } from './client-uploads.ts'

export type ClientAround = Pick<OpenedClient, 'commandsAs' | 'forgetAnswers' | 'pending' | 'stop'>

/** What the code around a client uses of it, besides its public interface. */
export const createClientAround = ({ basis, server, outbox, uploads }: ClientLifeDeps): ClientAround => {
  const { me, time, newId, answers, write, onError } = basis
  const askedBy = createAskedCommands({ outbox, answers })
  const reason: StopReason = 'signed_out'
  return {
    commandsAs: ({ ids, textKey, onStored }) => {
      const left = [...ids]
      const asked = askedBy(onStored)
      const send: MessageUploads['send'] = (message) =>
        asked.ask(message.conversationId, message.messageId, (stored) => uploads.send(message, stored))
      return createClientCommands({
        ...{ userId: me.userId, outbox: asked, uploads: { send }, now: time.now },
        ...{ newId: () => left.shift() ?? newId(), newTextKey: () => textKey },
      })
    },
    forgetAnswers: (ids) => void write(answers.forget(ids)).catch(onError),
    pending: () => new Map([...waitingIn(outbox, uploads)].map((id) => [id, pendingOf(outbox, uploads, id)])),
    stop: () => server.connection.dispatch({ type: 'stop', reason }),
  }
}
