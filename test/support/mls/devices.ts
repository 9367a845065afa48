import { encodeCommitStatement } from '@backscroll/protocol/commit-statement'
import { encodeDeviceCredential, parseDeviceCredential } from '@backscroll/protocol/device-credential'
import {
  acceptAll,
  type CiphersuiteImpl,
  type ClientState,
  type CreateCommitResult,
  createApplicationMessage,
  createCommit,
  createGroup,
  createGroupInfoWithExternalPubAndRatchetTree,
  decodeMlsMessage,
  defaultCapabilities,
  defaultLifetime,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  joinGroupExternal,
  type MLSMessage,
  type Proposal,
  processMessage,
} from 'ts-mls'
import type { DeviceName } from '../groups/mls-frames.ts'

type Package = Awaited<ReturnType<typeof generateKeyPackageWithKey>>

/** A device with real keys, and its view of the group while it is in. */
export interface MlsDevice {
  readonly name: DeviceName
  readonly keys: { readonly signKey: Uint8Array; readonly publicKey: Uint8Array }
  state: ClientState | undefined
}

/** A commit that is not decided yet, in base64, with the state that its maker has if it wins. */
export interface MadeCommit {
  readonly commit: string
  readonly welcome?: string
  readonly groupInfo: string
  readonly state: ClientState
  /** The key packages that were added, by device. */
  readonly packages: ReadonlyMap<MlsDevice, Package>
}

const base64 = (message: MLSMessage): string => Buffer.from(encodeMlsMessage(message)).toString('base64')
const zeros = (size: number): string => Buffer.alloc(size).toString('base64')

const decode = (text: string): MLSMessage => {
  const decoded = decodeMlsMessage(new Uint8Array(Buffer.from(text, 'base64')), 0)
  if (decoded === undefined) throw new Error('not an MLS message')
  return decoded[0]
}

const stateOf = ({ name, state }: MlsDevice): ClientState => {
  if (state === undefined) throw new Error(`${name.userId}/${name.deviceId} is in no group`)
  return state
}

/** The device on each leaf of the tree, as this device sees it. */
export const leavesOf = (device: MlsDevice): ReadonlyMap<number, string> => {
  const leaves = new Map<number, string>()
  stateOf(device).ratchetTree.forEach((node, index) => {
    if (node?.nodeType !== 'leaf' || node.leaf.credential.credentialType !== 'basic') return
    const credential = parseDeviceCredential(node.leaf.credential.identity)
    leaves.set(index / 2, `${credential?.userId}/${credential?.deviceId}`)
  })
  return leaves
}

/** Real MLS groups: what clients do, without any of the project's own client. */
export const openMls = async () => {
  const cs: CiphersuiteImpl = await getCiphersuiteImpl(
    getCiphersuiteFromName('MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'),
  )

  const packageOf = ({ name, keys }: MlsDevice): Promise<Package> => {
    const identity = encodeDeviceCredential({ ...name, identityKey: zeros(32), certificate: zeros(64) })
    const credential = { credentialType: 'basic' as const, identity }
    return generateKeyPackageWithKey(credential, defaultCapabilities(), defaultLifetime, [], keys, cs)
  }

  const groupInfoOf = async (state: ClientState): Promise<string> => {
    const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(state, [], cs)
    return base64({ version: 'mls10', wireformat: 'mls_group_info', groupInfo })
  }

  const made = async ({ commit, welcome, newState }: CreateCommitResult, packages: MadeCommit['packages']) => {
    const sealed = welcome && base64({ version: 'mls10', wireformat: 'mls_welcome', welcome })
    const parts = { commit: base64(commit), groupInfo: await groupInfoOf(newState), state: newState, packages }
    return sealed === undefined ? parts : { ...parts, welcome: sealed }
  }

  const commit = async (
    by: MlsDevice,
    proposals: Proposal[],
    packages: MadeCommit['packages'] = new Map(),
    addUsers: readonly string[] = [],
  ) => {
    const authenticatedData = encodeCommitStatement({ addUsers })
    const how = { wireAsPublicMessage: true, ratchetTreeExtension: true, authenticatedData }
    const options = { ...how, extraProposals: proposals }
    return made(await createCommit({ state: stateOf(by), cipherSuite: cs }, options), packages)
  }

  return {
    device: async (name: DeviceName): Promise<MlsDevice> => ({
      name,
      keys: await cs.signature.keygen(),
      state: undefined,
    }),

    begin: async (maker: MlsDevice, groupId: string): Promise<void> => {
      const { publicPackage, privatePackage } = await packageOf(maker)
      maker.state = await createGroup(new TextEncoder().encode(groupId), publicPackage, privatePackage, [], cs)
    },

    groupInfoOf,

    add: async (by: MlsDevice, added: readonly MlsDevice[], addUsers: readonly string[] = []): Promise<MadeCommit> => {
      const packages = new Map<MlsDevice, Package>()
      for (const device of added) packages.set(device, await packageOf(device))
      const proposals = [...packages.values()].map(({ publicPackage }) => ({
        proposalType: 'add' as const,
        add: { keyPackage: publicPackage },
      }))
      return commit(by, proposals, packages, addUsers)
    },

    remove: (by: MlsDevice, leaves: readonly number[]): Promise<MadeCommit> =>
      commit(
        by,
        leaves.map((removed) => ({ proposalType: 'remove', remove: { removed } })),
      ),

    update: (by: MlsDevice): Promise<MadeCommit> => commit(by, []),

    /** `resync`: in place of its own old leaf. */
    joinFromOutside: async (by: MlsDevice, groupInfo: string, resync: boolean): Promise<MadeCommit> => {
      const message = decode(groupInfo)
      if (message.wireformat !== 'mls_group_info') throw new Error('not a group info')
      const { publicPackage, privatePackage } = await packageOf(by)
      const joined = await joinGroupExternal(message.groupInfo, publicPackage, privatePackage, resync, cs)
      const { publicMessage, newState } = joined
      const frame = base64({ version: 'mls10', wireformat: 'mls_public_message', publicMessage })
      return { commit: frame, groupInfo: await groupInfoOf(newState), state: newState, packages: new Map() }
    },

    /** What the winner's commit does to another device that is in. */
    process: async (device: MlsDevice, frame: string): Promise<void> => {
      const message = decode(frame)
      if (message.wireformat !== 'mls_public_message') throw new Error('not a commit')
      device.state = (await processMessage(message, stateOf(device), emptyPskIndex, acceptAll, cs)).newState
    },

    welcome: async (device: MlsDevice, { welcome, packages }: MadeCommit): Promise<void> => {
      const message = welcome === undefined ? undefined : decode(welcome)
      const own = packages.get(device)
      if (message?.wireformat !== 'mls_welcome' || own === undefined) throw new Error('not welcome')
      const { publicPackage, privatePackage } = own
      device.state = await joinGroup(message.welcome, publicPackage, privatePackage, emptyPskIndex, cs)
    },

    encrypt: async (device: MlsDevice, content: string): Promise<string> => {
      const sealed = await createApplicationMessage(stateOf(device), new TextEncoder().encode(content), cs)
      device.state = sealed.newState
      return base64({ version: 'mls10', wireformat: 'mls_private_message', privateMessage: sealed.privateMessage })
    },
  }
}
