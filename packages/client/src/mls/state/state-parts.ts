import type {
  ClientState,
  EpochReceiverData,
  GroupActiveState,
  GroupContext,
  KeySchedule,
  PrivateKeyPath,
} from 'ts-mls'
import { mapDecoders } from 'ts-mls/codec/tlsDecoder.js'
import { contramapBufferEncoders, encode } from 'ts-mls/codec/tlsEncoder.js'
import { decodeVarLenData, varLenDataEncoder } from 'ts-mls/codec/variableLength.js'
import { decodeGroupActiveState, groupActiveStateEncoder } from 'ts-mls/groupActiveState.js'
import { decodeGroupContext, groupContextEncoder } from 'ts-mls/groupContext.js'
import { decodeKeySchedule, keyScheduleEncoder } from 'ts-mls/keySchedule.js'
import { decodePrivateKeyPath, privateKeyPathEncoder } from 'ts-mls/privateKeyPath.js'
import { decodeRatchetTree, encodeRatchetTree } from 'ts-mls/ratchetTree.js'
import { E2eeError } from '../../errors/e2ee-error.ts'
import { mlsConfig } from '../library/mls-config.ts'
import type { GroupState } from './group-state.ts'
import { decodePart, type StateParts } from './part-decoder.ts'
import { decodeSecrets, encodeSecrets } from './secret-parts.ts'

/** Parts to store; `undefined`: to delete. */
export type PartChanges = ReadonlyMap<string, Uint8Array | undefined>

type Head = [GroupContext, KeySchedule, PrivateKeyPath, Uint8Array, Uint8Array, GroupActiveState]
type OldHead = [GroupContext, Uint8Array, Uint8Array]

const encodeHead = encode(
  contramapBufferEncoders(
    [
      groupContextEncoder,
      keyScheduleEncoder,
      privateKeyPathEncoder,
      varLenDataEncoder,
      varLenDataEncoder,
      groupActiveStateEncoder,
    ],
    (mls: ClientState): Head => [
      mls.groupContext,
      mls.keySchedule,
      mls.privatePath,
      mls.signaturePrivateKey,
      mls.confirmationTag,
      mls.groupActiveState,
    ],
  ),
)

const decodeHead = mapDecoders(
  [
    decodeGroupContext,
    decodeKeySchedule,
    decodePrivateKeyPath,
    decodeVarLenData,
    decodeVarLenData,
    decodeGroupActiveState,
  ],
  (groupContext, keySchedule, privatePath, signaturePrivateKey, confirmationTag, groupActiveState) => ({
    groupContext,
    keySchedule,
    privatePath,
    signaturePrivateKey,
    confirmationTag,
    groupActiveState,
  }),
)

const encodeOldHead = encode(
  contramapBufferEncoders(
    [groupContextEncoder, varLenDataEncoder, varLenDataEncoder],
    (old: EpochReceiverData): OldHead => [old.groupContext, old.senderDataSecret, old.resumptionPsk],
  ),
)

const decodeOldHead = mapDecoders(
  [decodeGroupContext, decodeVarLenData, decodeVarLenData],
  (groupContext, senderDataSecret, resumptionPsk) => ({ groupContext, senderDataSecret, resumptionPsk }),
)

const sameHead = (one: ClientState, other: ClientState | undefined): boolean =>
  one.groupContext === other?.groupContext &&
  one.keySchedule === other.keySchedule &&
  one.privatePath === other.privatePath &&
  one.groupActiveState === other.groupActiveState

const oldOf = (mls: ClientState | undefined): EpochReceiverData | undefined =>
  mls?.historicalReceiverData.values().next().value

type Encoding = Map<string, Uint8Array | undefined>

const encodeOld = (into: Encoding, now: EpochReceiverData | undefined, before: EpochReceiverData | undefined): void => {
  if (now === before) return
  if (now?.groupContext !== before?.groupContext) into.set('old/head', now && encodeOldHead(now))
  if (now?.ratchetTree !== before?.ratchetTree) into.set('old/tree', now && encodeRatchetTree(now.ratchetTree))
  for (const [name, bytes] of encodeSecrets(now?.secretTree, before?.secretTree)) into.set(`old/${name}`, bytes)
}

/** What to store to turn the parts of `before` into those of `state`; all of them without `before`. */
export const encodeState = (state: GroupState, before?: GroupState): PartChanges => {
  const into: Encoding = new Map()
  if (!sameHead(state.mls, before?.mls)) into.set('head', encodeHead(state.mls))
  if (state.mls.ratchetTree !== before?.mls.ratchetTree) into.set('tree', encodeRatchetTree(state.mls.ratchetTree))
  for (const [name, bytes] of encodeSecrets(state.mls.secretTree, before?.mls.secretTree)) into.set(name, bytes)
  encodeOld(into, oldOf(state.mls), oldOf(before?.mls))
  return into
}

/** The tree and the ratchets of its leaves. A missing part would be a shorter list of ratchets. */
const decodeTrees = (parts: StateParts, prefix: string) => {
  const ratchetTree = decodePart(parts, `${prefix}tree`, decodeRatchetTree)
  const secretTree = decodeSecrets(parts, prefix)
  if (secretTree.length < ratchetTree.length) throw new E2eeError('malformed', { part: `${prefix}secrets` })
  return { ratchetTree, secretTree }
}

const decodeOld = (parts: StateParts): ClientState['historicalReceiverData'] => {
  if (!parts.has('old/head')) return new Map()
  const head = decodePart(parts, 'old/head', decodeOldHead)
  return new Map([[head.groupContext.epoch, { ...head, ...decodeTrees(parts, 'old/') }]])
}

/** Throws `malformed` when a part is missing or damaged. */
export const decodeState = (parts: StateParts): GroupState => ({
  mls: {
    ...decodePart(parts, 'head', decodeHead),
    ...decodeTrees(parts, ''),
    historicalReceiverData: decodeOld(parts),
    unappliedProposals: {},
    clientConfig: mlsConfig({ validateCredential: async () => false }),
  },
})
