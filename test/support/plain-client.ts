import { assemble } from '../../src/client/assemble.ts'
import { fromBase64 } from '../../src/client/base64.ts'
import type { ClientOptions, CoreClient } from '../../src/client/client-api.ts'
import type { GroupChange } from '../../src/client/outbox-entry.ts'
import type { GroupRequest, Protection } from '../../src/client/protection.ts'
import { loadRecords } from '../../src/client/records.ts'

const requestOf = (id: string, change: GroupChange): GroupRequest => {
  if (change.type === 'add') return { path: `/conversations/${id}/members`, body: { userIds: change.userIds } }
  if (change.type !== 'start') throw new Error(`No group, no ${change.type}`)
  const { type: _type, ...body } = change
  return { path: '/conversations', body: { conversationId: id, ...body } }
}

/** No encryption: envelopes travel as they are. For tests of everything else in the client. */
const plainProtection = (): Protection => ({
  enrol: async () => {},
  live: () => {},
  ready: () => true,
  seal: async (_entry, { plaintext = '' }) => plaintext,
  request: ({ conversationId, command }) => {
    if (command.kind !== 'group') throw new Error('No group command')
    return requestOf(conversationId, command.change)
  },
  judge: () => undefined,
  open: async ({ data: { ciphertext } }) =>
    typeof ciphertext === 'string' ? { envelope: fromBase64(ciphertext), before: [] } : { before: [] },
  catchUp: async () => {},
  forgetOthers: () => {},
  save: async () => {},
  envelopeAt: () => undefined,
  close: () => {},
})

export const createPlainClient = async (options: ClientOptions): Promise<CoreClient> => {
  const records = await loadRecords(options.store, { userId: options.userId, deviceId: options.deviceId })
  return assemble(options, records, plainProtection).client
}
