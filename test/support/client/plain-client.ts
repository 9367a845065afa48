import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { ClientOptions, CoreClient } from '../../../packages/client/src/api/client-api.ts'
import { decodeControl } from '../../../packages/client/src/content/message-content.ts'
import { fromBase64 } from '../../../packages/client/src/encoding/base64.ts'
import { loadProfiles } from '../../../packages/client/src/profiles/profile-book.ts'
import type { Protection, ProtectionDeps } from '../../../packages/client/src/protection/protection.ts'
import { loadRecords, sealedKey } from '../../../packages/client/src/records/client-records.ts'
import { assemble } from '../../../packages/client/src/runtime/assemble-client.ts'
import type { StoreChange } from '../../../packages/client/src/stores/client-store.ts'
import { contentOfFrame, privateMessageFrame } from '../groups/mls-frames.ts'

/**
 * No cryptography: messages are frames that hide nothing, to groups that stay at epoch 0. As with cryptography, each sealing is another frame. For tests
 * of everything else in the client.
 */
const plainProtection = ({ me, store, stored }: Pick<ProtectionDeps, 'me' | 'store' | 'stored'>): Protection => {
  const unsaved: StoreChange[] = []
  const profiles = loadProfiles(stored, me.userId, (changes) => unsaved.push(...changes))
  const heard = ({ actor, at }: WireEvent, envelope: Uint8Array) => {
    const said = decodeControl(envelope)
    return said?.type === 'profile' ? profiles.hear(actor.userId, said.body, at) : []
  }
  const opened = (event: WireEvent, frame: string) => {
    const envelope = fromBase64(frame)
    return { envelope, before: heard(event, envelope) }
  }
  return {
    profiles,
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
    open: async (event, own) => {
      const { ciphertext } = event.data
      return typeof ciphertext === 'string' ? opened(event, own ?? contentOfFrame(ciphertext)) : { before: [] }
    },
    catchUp: async () => {},
    forgetOthers: () => async () => {},
    save: async () => {
      const changes = unsaved.splice(0)
      if (changes.length > 0) await store.write(changes)
    },
    envelopeAt: async () => undefined,
    openText: async () => null,
    textsOf: async () => ({ name: null, description: null }),
    close: () => {},
  }
}

export const createPlainClient = async (options: ClientOptions): Promise<CoreClient> => {
  const records = await loadRecords(options.store, { userId: options.userId, deviceId: options.deviceId })
  return assemble(options, records, plainProtection).client
}
