import {
  type CiphersuiteImpl,
  type ClientState,
  encodeMlsMessage,
  joinGroup,
  makePskIndex,
  processPublicMessage,
} from 'ts-mls'
import { decodeCommit, encodeCommit } from 'ts-mls/commit.js'
import { verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from 'ts-mls/groupInfo.js'
import { decodeGroupSecrets, encodeGroupSecrets } from 'ts-mls/groupSecrets.js'
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js'
import { decodeMlsMessage } from 'ts-mls/message.js'
import { decodeRatchetTree } from 'ts-mls/ratchetTree.js'
import { decryptGroupInfo, decryptGroupSecrets } from 'ts-mls/welcome.js'
import { expect, it } from 'vitest'
import { readMlsMessage } from '../../../packages/client/src/mls/library/mls-message.ts'
import { parseKeyPackage } from '../../../src/domain/mls/key-package.ts'
import { parseWelcome } from '../../../src/domain/mls/welcome.ts'
import { describeVectors } from '../../support/mls/use-vectors.ts'
import { decodeAll, fromHex, toHex } from '../../support/mls/vectors.ts'

const messageKinds = [
  'mls_welcome',
  'mls_group_info',
  'mls_key_package',
  'public_message_proposal',
  'public_message_commit',
  'private_message',
] as const
type Messages = { readonly [kind in (typeof messageKinds)[number] | 'group_secrets' | 'commit']: string }

type Welcome = { readonly [field in 'init_priv' | 'key_package' | 'signer_pub' | 'welcome']: string }

interface PassiveClient {
  readonly external_psks: readonly { readonly psk_id: string; readonly psk: string }[]
  readonly key_package: string
  readonly signature_priv: string
  readonly encryption_priv: string
  readonly init_priv: string
  readonly welcome: string
  readonly ratchet_tree: string | null
  readonly initial_epoch_authenticator: string
  readonly epochs: readonly {
    readonly proposals: readonly string[]
    readonly commit: string
    readonly epoch_authenticator: string
  }[]
}

const authenticatorOf = ({ keySchedule }: ClientState): string => toHex(keySchedule.epochAuthenticator)

const pskIndexOf = ({ external_psks }: PassiveClient, state?: ClientState) => {
  const named = external_psks.map(({ psk_id, psk }) => [Buffer.from(psk_id, 'hex').toString('base64'), fromHex(psk)])
  return makePskIndex(state, Object.fromEntries(named))
}

const joined = (client: PassiveClient, cs: CiphersuiteImpl): Promise<ClientState> => {
  const { keyPackage } = readMlsMessage(fromHex(client.key_package), 'mls_key_package')
  const { welcome } = readMlsMessage(fromHex(client.welcome), 'mls_welcome')
  const keys = {
    initPrivateKey: fromHex(client.init_priv),
    hpkePrivateKey: fromHex(client.encryption_priv),
    signaturePrivateKey: fromHex(client.signature_priv),
  }
  const tree = client.ratchet_tree === null ? undefined : decodeAll(decodeRatchetTree, client.ratchet_tree)
  return joinGroup(welcome, keyPackage, keys, pskIndexOf(client), cs, tree)
}

/** Joins, then follows every epoch; after each it knows what its members know. */
const follow = async (client: PassiveClient, cs: CiphersuiteImpl): Promise<void> => {
  let state = await joined(client, cs)
  expect(authenticatorOf(state)).toBe(client.initial_epoch_authenticator)
  for (const { proposals, commit, epoch_authenticator } of client.epochs) {
    for (const message of [...proposals, commit]) {
      const { publicMessage } = readMlsMessage(fromHex(message), 'mls_public_message')
      state = (await processPublicMessage(state, publicMessage, pskIndexOf(client, state), cs)).newState
    }
    expect(authenticatorOf(state)).toBe(epoch_authenticator)
  }
}

describeVectors('messages and passive clients', ({ read, cs }) => {
  it('messages: come out of reading and writing as they went in', async () => {
    for (const vector of await read<Messages>('messages')) {
      for (const kind of messageKinds)
        expect(toHex(encodeMlsMessage(decodeAll(decodeMlsMessage, vector[kind])))).toBe(vector[kind])
      expect(toHex(encodeGroupSecrets(decodeAll(decodeGroupSecrets, vector.group_secrets)))).toBe(vector.group_secrets)
      expect(toHex(encodeCommit(decodeAll(decodeCommit, vector.commit)))).toBe(vector.commit)
    }
  })

  it('messages: the server reads those key packages and welcomes that are of its cipher suite, and no other', async () => {
    for (const { mls_key_package, mls_welcome } of await read<Messages>('messages')) {
      expect(parseKeyPackage(fromHex(mls_key_package)) !== undefined).toBe(mls_key_package.startsWith('0001', 12))
      expect(parseWelcome(fromHex(mls_welcome)) !== undefined).toBe(mls_welcome.startsWith('0001', 8))
    }
  })

  it('welcome: opens, and what is in it verifies', async () => {
    for (const vector of await read<Welcome>('welcome')) {
      const { keyPackage } = readMlsMessage(fromHex(vector.key_package), 'mls_key_package')
      const { welcome } = readMlsMessage(fromHex(vector.welcome), 'mls_welcome')
      const initKey = await cs.hpke.importPrivateKey(fromHex(vector.init_priv))
      const reference = await makeKeyPackageRef(keyPackage, cs.hash)
      const secrets = await decryptGroupSecrets(initKey, reference, welcome, cs.hpke)
      if (secrets === undefined) throw new Error('No secrets')
      const noPsk = new Uint8Array(cs.kdf.size)
      const groupInfo = await decryptGroupInfo(welcome, secrets.joinerSecret, noPsk, cs)
      if (groupInfo === undefined) throw new Error('No group info')
      expect(await verifyGroupInfoSignature(groupInfo, fromHex(vector.signer_pub), cs.signature)).toBe(true)
      expect(await verifyGroupInfoConfirmationTag(groupInfo, secrets.joinerSecret, noPsk, cs)).toBe(true)
    }
  })

  it.each(['passive-client-welcome', 'passive-client-handling-commit', 'passive-client-random'])(
    '%s: joins and follows what others commit',
    async (name) => {
      const clients = await read<PassiveClient>(name)
      for (const client of clients) await follow(client, cs)
    },
    120_000,
  )
})
