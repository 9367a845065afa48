import { decodeAuthenticatedContent } from 'ts-mls/authenticatedContent.js'
import { refhash } from 'ts-mls/crypto/hash.js'
import { decryptWithLabel, encryptWithLabel } from 'ts-mls/crypto/hpke.js'
import { deriveSecret, deriveTreeSecret, expandWithLabel } from 'ts-mls/crypto/kdf.js'
import { signWithLabel, verifyWithLabel } from 'ts-mls/crypto/signature.js'
import { verifyConfirmationTag } from 'ts-mls/framedContent.js'
import { decodeGroupContext } from 'ts-mls/groupContext.js'
import { initializeEpoch, mlsExporter } from 'ts-mls/keySchedule.js'
import { computePskSecret } from 'ts-mls/presharedkey.js'
import { createSecretTree, ratchetToGeneration } from 'ts-mls/secretTree.js'
import { expandSenderDataKey, expandSenderDataNonce } from 'ts-mls/sender.js'
import { createConfirmedHash, createInterimHash } from 'ts-mls/transcriptHash.js'
import { left, parent, right, root, sibling, toNodeIndex } from 'ts-mls/treemath.js'
import { expect, it } from 'vitest'
import { describeVectors } from '../../support/mls/use-vectors.ts'
import { decodeAll, fromHex, toHex } from '../../support/mls/vectors.ts'

/** What a vector has beside hex stays a number. */
interface TreeMath {
  readonly n_leaves: number
  readonly n_nodes: number
  readonly root: number
  readonly left: readonly (number | null)[]
  readonly right: readonly (number | null)[]
  readonly parent: readonly (number | null)[]
  readonly sibling: readonly (number | null)[]
}

type Labelled<Fields extends string> = { readonly [field in Fields | 'label']: string }

interface CryptoBasics {
  readonly ref_hash: Labelled<'value' | 'out'>
  readonly expand_with_label: Labelled<'secret' | 'context' | 'out'> & { readonly length: number }
  readonly derive_secret: Labelled<'secret' | 'out'>
  readonly derive_tree_secret: Labelled<'secret' | 'out'> & { readonly generation: number; readonly length: number }
  readonly sign_with_label: Labelled<'priv' | 'pub' | 'content' | 'signature'>
  readonly encrypt_with_label: Labelled<'priv' | 'pub' | 'context' | 'plaintext' | 'kem_output' | 'ciphertext'>
}

type EpochFields =
  | 'group_context'
  | 'commit_secret'
  | 'psk_secret'
  | 'joiner_secret'
  | 'welcome_secret'
  | 'init_secret'
  | 'sender_data_secret'
  | 'encryption_secret'
  | 'exporter_secret'
  | 'epoch_authenticator'
  | 'external_secret'
  | 'external_pub'
  | 'confirmation_key'
  | 'membership_key'
  | 'resumption_psk'

interface KeySchedule {
  readonly initial_init_secret: string
  readonly epochs: readonly ({ readonly [field in EpochFields]: string } & {
    readonly exporter: Labelled<'context' | 'secret'> & { readonly length: number }
  })[]
}

interface Leaf {
  readonly generation: number
  readonly handshake_key: string
  readonly handshake_nonce: string
  readonly application_key: string
  readonly application_nonce: string
}

interface SecretTree {
  readonly encryption_secret: string
  readonly sender_data: { readonly [field in 'sender_data_secret' | 'ciphertext' | 'key' | 'nonce']: string }
  readonly leaves: readonly (readonly Leaf[])[]
}

type TranscriptFields =
  | 'confirmation_key'
  | 'authenticated_content'
  | 'interim_transcript_hash_before'
  | 'confirmed_transcript_hash_after'
  | 'interim_transcript_hash_after'
type Transcript = { readonly [field in TranscriptFields]: string }

interface PskSecret {
  readonly psks: readonly { readonly [field in 'psk_id' | 'psk' | 'psk_nonce']: string }[]
  readonly psk_secret: string
}

const orNull = (step: () => number): number | null => {
  try {
    return step()
  } catch {
    return null
  }
}

describeVectors('keys, hashes and signatures', ({ read, cs }) => {
  it('tree-math: where the nodes of a tree are', async () => {
    for (const vector of await read<TreeMath>('tree-math')) {
      const { n_leaves: leaves } = vector
      const each = (step: (node: ReturnType<typeof toNodeIndex>) => number) =>
        Array.from({ length: vector.n_nodes }, (_, node) => orNull(() => step(toNodeIndex(node))))
      expect(root(leaves)).toBe(vector.root)
      expect(each(left)).toEqual(vector.left)
      expect(each(right)).toEqual(vector.right)
      expect(each((node) => parent(node, leaves))).toEqual(vector.parent)
      expect(each((node) => sibling(node, leaves))).toEqual(vector.sibling)
    }
  })

  it('crypto-basics: hashes, derivations, signatures and encryption under labels', async () => {
    for (const vector of await read<CryptoBasics>('crypto-basics')) {
      const hash = vector.ref_hash
      expect(toHex(await refhash(hash.label, fromHex(hash.value), cs.hash))).toBe(hash.out)
      const { secret, label, context, length, out } = vector.expand_with_label
      expect(toHex(await expandWithLabel(fromHex(secret), label, fromHex(context), length, cs.kdf))).toBe(out)
      const derived = vector.derive_secret
      expect(toHex(await deriveSecret(fromHex(derived.secret), derived.label, cs.kdf))).toBe(derived.out)
      const tree = vector.derive_tree_secret
      const treeSecret = await deriveTreeSecret(fromHex(tree.secret), tree.label, tree.generation, tree.length, cs.kdf)
      expect(toHex(treeSecret)).toBe(tree.out)
    }
  })

  it('crypto-basics: the signatures and ciphertexts of others are taken, and ours are good', async () => {
    for (const { sign_with_label: signed, encrypt_with_label: sealed } of await read<CryptoBasics>('crypto-basics')) {
      const [publicKey, content] = [fromHex(signed.pub), fromHex(signed.content)]
      const own = await signWithLabel(fromHex(signed.priv), signed.label, content, cs.signature)
      for (const signature of [own, fromHex(signed.signature)])
        expect(await verifyWithLabel(publicKey, signed.label, content, signature, cs.signature)).toBe(true)
      const [key, context] = [await cs.hpke.importPrivateKey(fromHex(sealed.priv)), fromHex(sealed.context)]
      const to = await cs.hpke.importPublicKey(fromHex(sealed.pub))
      const mine = await encryptWithLabel(to, sealed.label, context, fromHex(sealed.plaintext), cs.hpke)
      const theirs = { enc: fromHex(sealed.kem_output), ct: fromHex(sealed.ciphertext) }
      for (const { enc, ct } of [mine, theirs])
        expect(toHex(await decryptWithLabel(key, sealed.label, context, enc, ct, cs.hpke))).toBe(sealed.plaintext)
    }
  })

  it('key-schedule: the secrets of an epoch', async () => {
    for (const { initial_init_secret, epochs } of await read<KeySchedule>('key-schedule')) {
      let initSecret = fromHex(initial_init_secret)
      for (const epoch of epochs) {
        const context = decodeAll(decodeGroupContext, epoch.group_context)
        const [commitSecret, psk] = [fromHex(epoch.commit_secret), fromHex(epoch.psk_secret)]
        const { keySchedule, ...others } = await initializeEpoch(initSecret, commitSecret, context, psk, cs.kdf)
        const hex = (bytes: Uint8Array) => toHex(bytes)
        expect({
          joiner_secret: hex(others.joinerSecret),
          welcome_secret: hex(others.welcomeSecret),
          encryption_secret: hex(others.encryptionSecret),
          init_secret: hex(keySchedule.initSecret),
          sender_data_secret: hex(keySchedule.senderDataSecret),
          exporter_secret: hex(keySchedule.exporterSecret),
          epoch_authenticator: hex(keySchedule.epochAuthenticator),
          external_secret: hex(keySchedule.externalSecret),
          confirmation_key: hex(keySchedule.confirmationKey),
          membership_key: hex(keySchedule.membershipKey),
          resumption_psk: hex(keySchedule.resumptionPsk),
        }).toEqual(
          Object.fromEntries(
            Object.entries(epoch).filter(
              ([name]) =>
                /_secret$|_key$|_psk$|authenticator$/.test(name) && name !== 'commit_secret' && name !== 'psk_secret',
            ),
          ),
        )
        const external = await cs.hpke.deriveKeyPair(keySchedule.externalSecret)
        expect(toHex(await cs.hpke.exportPublicKey(external.publicKey))).toBe(epoch.external_pub)
        const { label, context: about, length, secret } = epoch.exporter
        expect(toHex(await mlsExporter(keySchedule.exporterSecret, label, fromHex(about), length, cs))).toBe(secret)
        initSecret = keySchedule.initSecret
      }
    }
  })

  it('psk_secret: keys shared beforehand', async () => {
    for (const { psks, psk_secret } of await read<PskSecret>('psk_secret')) {
      const ids = psks.map(({ psk_id, psk, psk_nonce }): Parameters<typeof computePskSecret>[0][number] => [
        { psktype: 'external', pskId: fromHex(psk_id), pskNonce: fromHex(psk_nonce) },
        fromHex(psk),
      ])
      expect(toHex(await computePskSecret(ids, cs))).toBe(psk_secret)
    }
  })

  it('transcript-hashes: of commits', async () => {
    for (const vector of await read<Transcript>('transcript-hashes')) {
      const { wireformat, content, auth } = decodeAll(decodeAuthenticatedContent, vector.authenticated_content)
      if (content.contentType !== 'commit' || auth.contentType !== 'commit') throw new Error('Not a commit')
      const before = fromHex(vector.interim_transcript_hash_before)
      const confirmed = await createConfirmedHash(before, { wireformat, content, signature: auth.signature }, cs.hash)
      expect(toHex(confirmed)).toBe(vector.confirmed_transcript_hash_after)
      const key = fromHex(vector.confirmation_key)
      expect(await verifyConfirmationTag(key, auth.confirmationTag, confirmed, cs.hash)).toBe(true)
      const interim = await createInterimHash(confirmed, auth.confirmationTag, cs.hash)
      expect(toHex(interim)).toBe(vector.interim_transcript_hash_after)
    }
  })

  it('secret-tree: the keys of each message', async () => {
    const retention = { retainKeysForGenerations: 10, retainKeysForEpochs: 1, maximumForwardRatchetSteps: 1000 }
    for (const { encryption_secret, sender_data, leaves } of await read<SecretTree>('secret-tree')) {
      const [secret, sample] = [fromHex(sender_data.sender_data_secret), fromHex(sender_data.ciphertext)]
      expect(toHex(await expandSenderDataKey(cs, secret, sample))).toBe(sender_data.key)
      expect(toHex(await expandSenderDataNonce(cs, secret, sample))).toBe(sender_data.nonce)
      for (const [leafIndex, generations] of leaves.entries())
        for (const at of generations) {
          // The key goes out over the guard that a sender puts upon the nonce: zeros leave it as it is.
          const reuseGuard = new Uint8Array(4) as Parameters<typeof ratchetToGeneration>[1]['reuseGuard']
          const sender = { leafIndex, generation: at.generation, reuseGuard }
          const keys = async (content: 'commit' | 'application') => {
            const tree = await createSecretTree(leaves.length, fromHex(encryption_secret), cs.kdf)
            const { key, nonce } = await ratchetToGeneration(tree, sender, content, retention, cs)
            return [toHex(key), toHex(nonce)]
          }
          expect(await keys('application')).toEqual([at.application_key, at.application_nonce])
          expect(await keys('commit')).toEqual([at.handshake_key, at.handshake_nonce])
        }
    }
  })
})
