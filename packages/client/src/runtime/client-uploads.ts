import type { ClientOptions } from '../api/client-api.ts'
import { createTusRequests } from '../media/tus-requests.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { ClientRecords } from '../records/client-records.ts'
import { createMessageUploads, type MessageUploads } from '../uploads/message-uploads.ts'
import type { ClientBasis } from './client-basis.ts'
import type { ClientTopics } from './client-topics.ts'
import type { ServerAccess } from './server-access.ts'

export interface ClientUploadsDeps {
  readonly options: ClientOptions
  readonly basis: ClientBasis
  readonly server: ServerAccess
  readonly topics: ClientTopics
  readonly outbox: Outbox
  readonly records: ClientRecords
}

/** Messages that wait for their files. */
export const createClientUploads = (deps: ClientUploadsDeps): MessageUploads => {
  const { options, basis, server, topics, outbox, records } = deps
  const { store, clock, random, newId, answers } = basis
  const { files } = options.store
  return createMessageUploads({
    ...{ outbox, answers, clock, random, newId, stored: records.stored },
    store: { ...store, ...(files && { files }) },
    tus: createTusRequests(server.rest),
    isLive: server.isLive,
    // The code is loaded with the first file that shows something.
    describe: async (data, room) => {
      if (!/^(image|video|audio)\//.test(data.type)) return {}
      return (await import('../media/describe-file.ts')).describeFile(data, room, clock)
    },
    onChange: topics.uploading.tell,
    onFailed: topics.uploadFailed.tell,
  })
}

/** Conversations with commands or messages that wait. */
export const waitingIn = (outbox: Pick<Outbox, 'busy'>, uploads: Pick<MessageUploads, 'waiting'>): Set<string> =>
  new Set([...outbox.busy(), ...uploads.waiting().map(({ record }) => record.conversationId)])

export const pendingOf = (
  outbox: Pick<Outbox, 'pending'>,
  uploads: Pick<MessageUploads, 'waiting'>,
  conversationId?: string,
): number => outbox.pending(conversationId) + uploads.waiting(conversationId).length
