import { encodeDeviceCredential, parseDeviceCredential } from '@backscroll/protocol/device-credential'
import { createKeyPair, type KeyPair } from '../../../packages/client/src/crypto/signatures.ts'
import { toBase64 } from '../../../packages/client/src/encoding/base64.ts'
import { certify } from '../../../packages/client/src/trust/device-certificate.ts'
import { exported, type MadeCommit, type MlsMember } from './member.ts'
import type { MlsPeer, Part } from './peer-process.ts'

const text = (content: Uint8Array | undefined): string => new TextDecoder().decode(content)

const required = (part: Uint8Array | undefined): Uint8Array => {
  if (part === undefined) throw new Error('The peer left something out')
  return part
}

/** `leaf`, `identity`, `leaf`, `identity`, ... */
const membersOf = (parts: readonly Uint8Array[]): readonly string[] =>
  parts.flatMap((part, index) => {
    if (index % 2 === 1) return []
    const credential = parseDeviceCredential(required(parts[index + 1]))
    return [`${text(part)} ${credential?.userId}/${credential?.deviceId}`]
  })

/** A device that runs mls-rs, with a key of its own that the user's identity key certifies, as any device's. */
export const peerMember = async (
  peer: MlsPeer,
  userId: string,
  deviceId: string,
  identity?: KeyPair,
): Promise<MlsMember> => {
  const user = identity ?? (await createKeyPair())
  const name = `${userId}/${deviceId}`
  const ask = (command: string, ...parts: readonly Part[]) => peer.ask(command, name, ...parts)
  const one = async (command: string, ...parts: readonly Part[]) => required((await ask(command, ...parts))[0])

  const publicKey = await one('device')
  const certificate = await certify(user, { userId, deviceId, publicKey })
  const credential = { userId, deviceId, identityKey: toBase64(user.publicKey), certificate }
  await ask('credential', encodeDeviceCredential(credential))

  const commit = async (command: string, ...parts: readonly Part[]): Promise<MadeCommit> => {
    const [made, welcome] = await ask(command, ...parts)
    return { commit: required(made), welcome }
  }

  return {
    name,
    credential,
    publicKey,
    keyPackage: () => one('key-package'),
    create: async (groupId) => void (await ask('create', groupId)),
    join: async (_groupId, welcome) => void (await ask('join', welcome)),
    joinFromOutside: (_groupId, groupInfo, leaf) =>
      one('join-from-outside', groupInfo, ...(leaf === undefined ? [] : [leaf])),
    add: (keyPackages) => commit('add', ...keyPackages),
    remove: (leaves) => commit('remove', ...leaves),
    update: () => commit('update'),
    apply: async () => void (await ask('apply')),
    process: async (message) => (text(await one('process', message)) === 'removed' ? 'removed' : 'commit'),
    encrypt: (words, bound) => one('encrypt', words, bound),
    decrypt: async (message) => {
      const [kind, leaf, words, bound] = await ask('process', message)
      if (text(kind) !== 'application') throw new Error(`Not a message: ${text(kind)}`)
      return `${text(leaf)}: ${text(words)}, ${text(bound)}`
    },
    groupInfo: () => one('group-info'),
    view: async () => {
      const [epoch, authenticator, ...members] = await ask('state')
      const secret = await one('export', exported.label, exported.context, exported.length)
      const secrets = Buffer.concat([required(authenticator), secret]).toString('hex')
      return { epoch: Number(text(epoch)), secrets, members: membersOf(members) }
    },
  }
}
