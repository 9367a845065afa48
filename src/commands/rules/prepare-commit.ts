import { createHash } from 'node:crypto'
import { parseCommitStatement } from '@backscroll/protocol/commit-statement'
import { parseDeviceCredential } from '@backscroll/protocol/device-credential'
import { ProtocolError } from '@backscroll/protocol/errors'
import { limits } from '@backscroll/protocol/limits'
import type { BlobRef, Commit, CommitFacts, GroupPlace } from '../../domain/conversation/groups/group.ts'
import { generationOf } from '../../domain/conversation/groups/group-id.ts'
import { type Actor, deviceId, userId } from '../../domain/ids.ts'
import { parseGroupInfo } from '../../domain/mls/group-info.ts'
import type { LeafNode } from '../../domain/mls/leaf-node.ts'
import { type PublicCommit, parsePublicCommit } from '../../domain/mls/public-message-commit.ts'
import { parseWelcome } from '../../domain/mls/welcome.ts'
import type { BlobStore } from '../../ports/blob-store.ts'

/**
 * A commit as it arrives: base64 of MLSMessages. Without `commit`: the GroupInfo of a group that holds only its
 * creator's device.
 */
export interface CommitParts {
  readonly commit?: string | undefined
  readonly welcome?: string | undefined
  readonly groupInfo: string
}

/**
 * The commit in the form that a command takes, and the body of its event: null where the commit is a blob, or there
 * is none.
 */
export interface PreparedCommit {
  readonly commit: Commit
  readonly body: string | null
}

/**
 * Decides whether a commit is worth storing, with `bytes` of it as blobs. Rejects with the reason why the committer
 * may not make it.
 */
export type AdmitCommit = (commit: Commit, bytes: number) => Promise<boolean>

/**
 * Reads the parts and stores what does not fit into an event, durably, so that an event may name it. Nothing is
 * looked up or stored before `admit` has answered. Rejects with `ProtocolError`: `too_large` (`details.limit`,
 * bytes), `commit_mismatch` for what is not a commit, Welcome or GroupInfo of this conversation's group, and
 * whatever `admit` rejects with.
 */
export type PrepareCommit = (conversationId: string, parts: CommitParts, admit?: AdmitCommit) => Promise<PreparedCommit>

export interface PrepareCommitDeps {
  readonly blobs: Pick<BlobStore, 'put'>
  /**
   * Whether this Ed25519 key is the registered key of this device, and the device may be added now. Default: only
   * the devices themselves check it.
   */
  readonly isDeviceKey?: (device: Actor, signatureKey: Uint8Array) => Promise<boolean>
}

const mismatch = (message: string): ProtocolError => new ProtocolError('commit_mismatch', message)

const decoded = (name: string, text: string): Buffer => {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length <= limits.groupPartBytes) return bytes
  const details = { field: name, limit: limits.groupPartBytes }
  throw new ProtocolError('too_large', `the ${name} has too many bytes`, { details })
}

const deviceOf = ({ identity }: LeafNode): Actor => {
  const credential = parseDeviceCredential(identity)
  if (credential === undefined) throw mismatch('a credential in the commit does not belong to a device')
  return { userId: userId(credential.userId), deviceId: deviceId(credential.deviceId) }
}

const factsOf = (conversationId: string, parsed: PublicCommit): CommitFacts => {
  const { epoch, sender, removes, externalInit, others, path } = parsed
  const generation = generationOf(conversationId, parsed.groupId)
  if (generation === undefined) throw mismatch('the commit belongs to another group')
  const statement = parseCommitStatement(parsed.authenticatedData)
  if (statement === undefined) throw mismatch("the commit's authenticated data is not a statement about members")
  const adds = parsed.adds.map(({ leaf }) => deviceOf(leaf))
  const said = { generation, epoch, sender, ...statement, adds, removes, externalInit, others }
  return { ...said, path: path && deviceOf(path) }
}

const groupInfoOf = (conversationId: string, bytes: Uint8Array): GroupPlace => {
  const parsed = parseGroupInfo(bytes)
  const generation = parsed && generationOf(conversationId, parsed.groupId)
  if (parsed === undefined || generation === undefined) throw mismatch('the GroupInfo does not belong to this group')
  return { generation, epoch: parsed.epoch }
}

const welcomedBy = (bytes: Uint8Array | undefined): number => {
  if (bytes === undefined) return 0
  const parsed = parseWelcome(bytes)
  if (parsed === undefined || parsed.addressees === 0) throw mismatch('the Welcome cannot be read')
  return parsed.addressees
}

const parsedCommit = (bytes: Uint8Array | undefined): PublicCommit | null => {
  if (bytes === undefined) return null
  const parsed = parsePublicCommit(bytes)
  if (parsed === undefined) throw mismatch('the commit is not an MLS PublicMessage that contains a commit')
  return parsed
}

/** What has to be stored, with the name that it will have. */
interface Blobbed {
  readonly bytes: Uint8Array
  readonly ref: BlobRef
}

const refOf = (bytes: Uint8Array): BlobRef => ({
  hash: createHash('sha256').update(bytes).digest('hex'),
  size: bytes.length,
})

const blobbed = (bytes: Uint8Array | undefined): Blobbed | null =>
  bytes === undefined ? null : { bytes, ref: refOf(bytes) }

export const createPrepareCommit = ({ blobs, isDeviceKey }: PrepareCommitDeps): PrepareCommit => {
  const checkKey = async (leaf: LeafNode): Promise<void> => {
    if (isDeviceKey === undefined || (await isDeviceKey(deviceOf(leaf), leaf.signatureKey))) return
    throw mismatch('a leaf does not have the key of the device that it names')
  }

  /** Additions are checked against the directory: a key that the server knows to be false enters no tree. */
  const checkKeys = async (parsed: PublicCommit | null): Promise<void> => {
    const leaves =
      parsed === null ? [] : [...parsed.adds.map(({ leaf }) => leaf), ...(parsed.path ? [parsed.path] : [])]
    await Promise.all(leaves.map(checkKey))
  }

  const put = (blobbed: readonly Blobbed[]) => Promise.all(blobbed.map(({ bytes }) => blobs.put(bytes)))

  return async (conversationId, parts, admit = async () => true) => {
    const commit = parts.commit === undefined ? undefined : decoded('commit', parts.commit)
    const welcome = parts.welcome === undefined ? undefined : decoded('welcome', parts.welcome)
    const groupInfo = decoded('groupInfo', parts.groupInfo)
    const parsed = parsedCommit(commit)
    const facts = parsed === null ? null : factsOf(conversationId, parsed)
    const place = groupInfoOf(conversationId, groupInfo)
    const welcomed = welcomedBy(welcome)
    const inEvent = (parts.commit?.length ?? 0) <= limits.ciphertext
    const asBlobs = [inEvent ? null : blobbed(commit), blobbed(welcome), blobbed(groupInfo)] as const
    const [commitBlob, welcomeBlob, groupInfoBlob] = asBlobs
    const refs = {
      commit: commitBlob?.ref ?? null,
      welcome: welcomeBlob?.ref ?? null,
      groupInfo: groupInfoBlob?.ref ?? refOf(groupInfo),
    }
    const prepared = { facts, groupInfo: place, welcomed, refs }
    const stored = asBlobs.filter((one) => one !== null)
    const bytes = stored.reduce((sum, { ref }) => sum + ref.size, 0)
    if (await admit(prepared, bytes)) {
      await checkKeys(parsed)
      await put(stored)
    }
    const body = inEvent && commit !== undefined ? commit.toString('base64') : null
    return { commit: prepared, body }
  }
}
