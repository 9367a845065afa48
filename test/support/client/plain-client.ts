import type { ClientOptions, CoreClient } from '../../../packages/client/src/api/client-api.ts'
import { fromBase64 } from '../../../packages/client/src/encoding/base64.ts'
import type { Protection, ProtectionDeps } from '../../../packages/client/src/protection/protection.ts'
import { loadRecords, sealedKey } from '../../../packages/client/src/records/client-records.ts'
import { assemble } from '../../../packages/client/src/runtime/assemble-client.ts'
import { contentOfFrame, privateMessageFrame } from '../groups/mls-frames.ts'

/**
 * No cryptography: messages are frames that hide nothing, to groups that stay at epoch 0. As with cryptography, each sealing is another frame. For tests
 * of everything else in the client.
 */
const plainProtection = ({ store }: Pick<ProtectionDeps, 'store'>): Protection => ({
  signedMembers: () => new Map(),
  contradicted: () => {},
  accepted: () => {},
  prover: () => undefined,
  enrol: async () => {},
  live: () => {},
  isReady: () => true,
  makeReady: () => {},
  obstacle: () => undefined,
  seal: async (entry, { plaintext }, send) => {
    const frame = privateMessageFrame({ conversationId: entry.conversationId, epoch: 0 }, plaintext)
    // As with cryptography: what is sent is in the store before.
    await store.write([{ key: sealedKey(entry), value: frame }])
    send(frame)
  },
  request: async ({ conversationId, command }) => {
    if (command.kind !== 'details') throw new Error('No commits without cryptography')
    return { method: 'PATCH', path: `/conversations/${conversationId}`, body: { [command.field]: command.text } }
  },
  handleRefusal: () => undefined,
  open: async ({ data: { ciphertext } }, own) =>
    typeof ciphertext === 'string'
      ? { envelope: fromBase64(own ?? contentOfFrame(ciphertext)), before: [] }
      : { before: [] },
  catchUp: async () => {},
  forgetOthers: () => async () => {},
  save: async () => {},
  envelopeAt: async () => undefined,
  openText: async () => null,
  textsOf: async () => ({ name: null, description: null }),
  close: () => {},
})

export const createPlainClient = async (options: ClientOptions): Promise<CoreClient> => {
  const records = await loadRecords(options.store, { userId: options.userId, deviceId: options.deviceId })
  return assemble(options, records, plainProtection).client
}
