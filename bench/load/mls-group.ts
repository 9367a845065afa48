import type { OwnKeyPackage } from '../../packages/client/src/mls/commits/key-packages.ts'
import { forget } from '../../packages/client/src/mls/message-encryption.ts'
import type { MlsEngine } from '../../packages/client/src/mls/mls-engine.ts'
import type { GroupState } from '../../packages/client/src/mls/state/group-state.ts'
import type { Pending } from '../../packages/client/src/mls/state/pending-commit.ts'
import type { Device } from '../../packages/client/src/trust/device-certificate.ts'
import { type Cost, costOf } from './cost.ts'
import { createMlsDevice, freshEngine } from './mls-device.ts'
import { textMessage } from './text-message.ts'

/** Bytes. */
interface Parts {
  readonly commit: number
  readonly welcome: number
  readonly groupInfo: number
}

export interface MlsGroupCosts {
  /** For its maker: all other devices added in one commit. */
  readonly make: Cost
  /** By the Welcome, for one of those that were added. */
  readonly join: Cost
  readonly seal: Cost
  readonly open: Cost
  /** The cost of one more device, for the one who adds it. */
  readonly add: Cost
  /** The cost of that addition, for each other device. */
  readonly follow: Cost
  readonly bytes: { readonly made: Parts; readonly added: Parts; readonly message: number; readonly keyPackage: number }
}

interface Person {
  readonly device: Device
  readonly own: OwnKeyPackage
}

const groupId = '00000000-0000-4000-8000-000000000002'
const messages = 100

const people: Person[] = []

/** Made once: their keys are not what is measured. */
const firstOf = async (count: number): Promise<readonly Person[]> => {
  while (people.length < count) {
    const device = await createMlsDevice(`member-${people.length}`)
    const [own] = await freshEngine().makeKeyPackages(device, 1, { lastResort: true })
    if (own !== undefined) people.push({ device, own })
  }
  return people.slice(0, count)
}

const claimed = ({ device, own }: Person) => {
  const { userId, deviceId } = device.credential
  return { userId, deviceId, keyPackage: own.keyPackage }
}

const partsOf = ({ commit, welcome, groupInfo }: Pending): Parts => ({
  commit: commit.length,
  welcome: welcome?.length ?? 0,
  groupInfo: groupInfo.length,
})

const make = async (engine: MlsEngine, maker: Person, others: readonly Person[]) => {
  const alone = await engine.createGroup(groupId, maker.device)
  const pending = await engine.commitAdd(alone, others.map(claimed))
  return { pending, state: engine.acceptPending(alone, pending) }
}

const join = async (engine: MlsEngine, { device, own }: Person, { welcome }: Pending): Promise<GroupState> => {
  if (welcome === undefined) throw new Error('no Welcome')
  return (await engine.join(groupId, welcome, device, [own])).state
}

const sealAll = async (engine: MlsEngine, from: GroupState) => {
  const sealed: Uint8Array[] = []
  let state = from
  for (let number = 0; number < messages; number += 1) {
    const { plaintext, aad } = textMessage(`00000000-0000-7000-8000-${String(number).padStart(12, '0')}`)
    const sent = await engine.encrypt(state, plaintext, aad)
    state = sent.state
    forget(sent.spent)
    sealed.push(sent.message)
  }
  return { sealed, state }
}

const openAll = async (engine: MlsEngine, from: GroupState, sealed: readonly Uint8Array[]): Promise<GroupState> => {
  let state = from
  for (const message of sealed) {
    const got = await engine.decrypt(state, message)
    state = got.state
    forget(got.spent)
  }
  return state
}

/** A group of `size` devices, each of another user, without a server; then one more. Nobody has seen anybody before. */
export const measureMlsGroup = async (size: number): Promise<MlsGroupCosts> => {
  const [maker, ...others] = await firstOf(size + 1)
  const [member, newcomer] = [others[0], others.pop()]
  if (maker === undefined || member === undefined || newcomer === undefined) throw new RangeError('a group of two')
  const [makers, members] = [freshEngine(), freshEngine()]
  const made = await costOf(() => make(makers, maker, others))
  const joined = await costOf(() => join(members, member, made.result.pending))
  const said = await costOf(() => sealAll(makers, made.result.state), messages)
  const read = await costOf(() => openAll(members, joined.result, said.result.sealed), messages)
  const added = await costOf(() => makers.commitAdd(said.result.state, [claimed(newcomer)]))
  const followed = await costOf(() => members.processCommit(read.result, added.result.commit))
  return {
    make: made.cost,
    join: joined.cost,
    seal: said.cost,
    open: read.cost,
    add: added.cost,
    follow: followed.cost,
    bytes: {
      made: partsOf(made.result.pending),
      added: partsOf(added.result),
      message: said.result.sealed[0]?.length ?? 0,
      keyPackage: newcomer.own.keyPackage.length,
    },
  }
}
