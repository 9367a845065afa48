import { type DeviceCredential, parseDeviceCredential } from '@backscroll/protocol/device-credential'
import type { OwnKeyPackage } from '../../../packages/client/src/mls/commits/key-packages.ts'
import { forget } from '../../../packages/client/src/mls/message-encryption.ts'
import type { GroupState } from '../../../packages/client/src/mls/state/group-state.ts'
import type { Pending } from '../../../packages/client/src/mls/state/pending-commit.ts'
import type { SeenDevice } from '../../../packages/client/src/trust/identity-pins.ts'
import { parseKeyPackage } from '../../../src/domain/mls/key-package.ts'
import { claimFrom, type TestDevice } from '../e2ee/device.ts'
import { epochAuthenticatorOf, exportedSecret } from './secrets.ts'

export interface MadeCommit {
  readonly commit: Uint8Array
  readonly welcome: Uint8Array | undefined
}

/** What one member holds of a group; the same for all members of an epoch. */
export interface GroupView {
  readonly epoch: number
  /** Hex of the epoch authenticator and of an exported secret. */
  readonly secrets: string
  /** `leaf user/device`, in order of the leaves. */
  readonly members: readonly string[]
}

/** A device in a group, whichever MLS implementation it runs. */
export interface MlsMember {
  readonly name: string
  readonly credential: DeviceCredential
  readonly publicKey: Uint8Array
  keyPackage(): Promise<Uint8Array>
  create(groupId: string): Promise<void>
  join(groupId: string, welcome: Uint8Array): Promise<void>
  /** In at once. `leaf`: its old one, which it replaces. */
  joinFromOutside(groupId: string, groupInfo: Uint8Array, leaf: number | undefined): Promise<Uint8Array>
  /** Commits are pending until `apply`, or until another one is processed. */
  add(keyPackages: readonly Uint8Array[]): Promise<MadeCommit>
  remove(leaves: readonly number[]): Promise<MadeCommit>
  update(): Promise<MadeCommit>
  apply(): Promise<void>
  /** Whether the device was removed. */
  process(commit: Uint8Array): Promise<'removed' | 'commit'>
  encrypt(text: string, bound: string): Promise<Uint8Array>
  /** `sender's leaf: text, what is bound to it`. */
  decrypt(message: Uint8Array): Promise<string>
  groupInfo(): Promise<Uint8Array>
  view(): Promise<GroupView>
}

export const exported = { label: 'interop', context: 'what for', length: 48 } as const

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (content: Uint8Array): string => new TextDecoder().decode(content)

/** A key package as the server hands it out, which knows whose it is. */
const claimed = (keyPackage: Uint8Array) => {
  const credential = parseDeviceCredential(parseKeyPackage(keyPackage)?.leaf.identity ?? new Uint8Array())
  if (credential === undefined) throw new Error('The server takes no such key package')
  const { userId, deviceId } = credential
  return { userId, deviceId, keyPackage }
}

/** A device that runs the SDK's engine. */
export const sdkMember = (who: TestDevice): MlsMember => {
  const { engine, device, name } = who
  const packages: OwnKeyPackage[] = []
  let state: GroupState | undefined
  let pending: Pending | undefined

  const now = (): GroupState => {
    if (state === undefined) throw new Error(`${name} is in no group`)
    return state
  }

  const propose = (made: Pending & { readonly seen: readonly SeenDevice[] }): MadeCommit => {
    who.see(made.seen)
    pending = made
    return { commit: made.commit, welcome: made.welcome }
  }

  return {
    name,
    credential: device.credential,
    publicKey: device.keys.publicKey,
    keyPackage: async () => {
      const { own } = await claimFrom(who)
      packages.push(own)
      return own.keyPackage
    },
    create: async (groupId) => {
      state = await engine.createGroup(groupId, device)
    },
    join: async (groupId, welcome) => {
      const joined = await engine.join(groupId, welcome, device, packages)
      who.see(joined.seen)
      state = joined.state
    },
    joinFromOutside: async (groupId, groupInfo) => {
      const made = await engine.externalJoin(groupId, groupInfo, device)
      who.see(made.seen)
      state = engine.acceptPending(undefined, made)
      return made.commit
    },
    add: async (keyPackages) => propose(await engine.commitAdd(now(), keyPackages.map(claimed))),
    remove: async (leaves) => propose(await engine.commitRemove(now(), leaves)),
    update: async () => propose(await engine.emptyCommit(now())),
    apply: async () => {
      if (pending === undefined) throw new Error('Nothing is pending')
      state = engine.acceptPending(now(), pending)
      pending = undefined
    },
    process: async (commit) => {
      const result = await engine.processCommit(now(), commit)
      who.see(result.seen)
      state = result.state
      pending = undefined
      return result.selfRemoved ? 'removed' : 'commit'
    },
    encrypt: async (words, bound) => {
      const sent = await engine.encrypt(now(), bytes(words), bytes(bound))
      state = sent.state
      forget(sent.spent)
      return sent.message
    },
    decrypt: async (message) => {
      const got = await engine.decrypt(now(), message)
      state = got.state
      forget(got.spent)
      return `${got.sender.leaf}: ${text(got.plaintext)}, ${text(got.aad)}`
    },
    groupInfo: () => engine.groupInfo(now()),
    view: async () => {
      const { label, context, length } = exported
      const secret = await exportedSecret(now(), label, bytes(context), length)
      const members = engine.members(now()).map(({ leaf, userId, deviceId }) => `${leaf} ${userId}/${deviceId}`)
      const secrets = Buffer.concat([epochAuthenticatorOf(now()), secret]).toString('hex')
      return { epoch: engine.epoch(now()), secrets, members }
    },
  }
}
