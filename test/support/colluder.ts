import { randomUUID } from 'node:crypto'
import { fromBase64, toBase64 } from '../../src/client/base64.ts'
import { createDeviceProver } from '../../src/client/device-prover.ts'
import type { ClaimedKeyPackage } from '../../src/client/e2ee/create-commit.ts'
import type { GroupState } from '../../src/client/e2ee/group-state.ts'
import type { OwnKeyPackage } from '../../src/client/e2ee/key-packages.ts'
import { signAct } from '../../src/client/groups/signed-act.ts'
import type { RoleChange } from '../../src/protocol/commit-statement.ts'
import { bytesOfDeparture, type DepartureFacts } from '../../src/protocol/departure.ts'
import type { ClientWorld } from './client-world.ts'
import { forgedDevice, type TestDevice, testDevice } from './e2ee-device.ts'
import { callerOf } from './server-rest.ts'

/** A group that the colluder has made under the id of a conversation, or an epoch of the true one. */
export interface Forged {
  readonly commit: Uint8Array
  readonly welcome: Uint8Array
  readonly groupInfo: Uint8Array
  /** That the commit begins. */
  readonly epoch: number
}

/** A device in the colluder's hands. `reader`: who is able to read by it; nobody is shown a ghost. */
interface Puppet {
  readonly reader: string
  readonly who: TestDevice
  readonly packages: OwnKeyPackage[]
}

interface Held {
  readonly puppet: Puppet
  readonly state: GroupState
}

const makePackages = async ({ device, engine }: TestDevice, count: number) => [
  ...(await engine.makeKeyPackages(device, count, { lastResort: false })),
  ...(await engine.makeKeyPackages(device, 1, { lastResort: true })),
]

/**
 * An ordinary account that works with the server: keeps every state of a group that it ever had, and tries them all on what honest devices send. Beside its
 * own device it has one of somebody whom nobody knows, and some that call themselves those of honest people.
 */
export const createColluder = async (world: ClientWorld, user: string, groupIds: readonly string[] = []) => {
  const who = await testDevice(user, 'one')
  const { device, engine } = who
  const token = await world.token(user, 'one')
  const packages: OwnKeyPackage[] = []
  const own: Puppet = { reader: user, who, packages }
  const stranger = await testDevice('mal', 'one')
  const hidden: Puppet = { reader: 'mal', who: stranger, packages: await makePackages(stranger, 1) }
  const puppets: Puppet[] = [own, hidden]
  let ids = groupIds
  let held: Held[] = []
  /** One for each group id: they take time, and serve again. */
  const forged = new Map<string, Forged>()
  const taken = new Map<string, readonly ClaimedKeyPackage[]>()

  const rest = callerOf(world.url(), token, createDeviceProver(device.keys, Date.now))
  const attempt = async (puppet: Puppet, make: () => Promise<GroupState>) => {
    try {
      held.push({ puppet, state: await make() })
    } catch {
      // Not for this account.
    }
  }
  /** Limited for everybody: what was claimed before serves again. */
  const claim = async (whom: string): Promise<readonly ClaimedKeyPackage[]> => {
    const known = taken.get(whom)
    if (known !== undefined) return known
    const { json } = await rest('POST', `/users/${whom}/key-packages/claim`, { claimId: randomUUID() })
    const found: readonly { deviceId: string; keyPackage: string }[] = json.packages ?? []
    const claimed = found.map((one) => ({
      userId: whom,
      deviceId: one.deviceId,
      keyPackage: fromBase64(one.keyPackage),
    }))
    if (claimed.length > 0) taken.set(whom, claimed)
    return claimed
  }

  const enrol = async () => {
    const { certificate, identityKey } = device.credential
    await rest('POST', '/devices', { signatureKey: toBase64(device.keys.publicKey), certificate, identityKey })
    packages.push(...(await makePackages(who, 10)))
    await rest('POST', '/devices/one/key-packages', {
      keyPackages: packages.filter((one) => !one.lastResort).map(({ keyPackage }) => toBase64(keyPackage)),
      lastResort: toBase64(packages.find((one) => one.lastResort)?.keyPackage ?? new Uint8Array()),
    })
  }
  await enrol()

  const hold = async (puppet: Puppet, groupId: string, welcome: Uint8Array) =>
    attempt(
      puppet,
      async () => (await puppet.who.engine.join(groupId, welcome, puppet.who.device, puppet.packages)).state,
    )

  return {
    user,
    rest,
    /** Conversations that are over are not looked at any more. */
    turnTo: (groupIds: readonly string[]) => {
      ids = groupIds
      held = []
    },
    keyPackage: () => toBase64(packages[0]?.keyPackage ?? new Uint8Array()),
    /** Devices that call themselves this user's: one that the user's key has not certified, and one of another identity key. */
    impersonate: async (userId: string, identityKey: string) => {
      const made = [await forgedDevice(userId, 'ghost', fromBase64(identityKey)), await testDevice(userId, 'ghost')]
      for (const ghost of made) puppets.push({ reader: 'ghost', who: ghost, packages: await makePackages(ghost, 1) })
    },
    ghostPackages: (userId: string): readonly string[] =>
      puppets
        .filter(({ reader, who: { device: one } }) => reader === 'ghost' && one.credential.userId === userId)
        .map((one) => toBase64(one.packages[0]?.keyPackage ?? new Uint8Array())),
    /** What the members' devices are to believe: a departure as this account's device signs it. */
    sign: async (facts: Omit<DepartureFacts, 'userId' | 'deviceId'>) => {
      const { generation, epoch } = facts
      const { userId, deviceId } = device.credential
      const bytes = bytesOfDeparture({ ...facts, userId, deviceId })
      return { generation, epoch, proof: await signAct(device, bytes) }
    },
    /** A group of the colluder and these users, as if it were the conversation's. */
    forge: async (groupId: string, users: readonly string[]): Promise<Forged | undefined> => {
      const known = forged.get(groupId)
      if (known !== undefined) return known
      const claimed = (await Promise.all(users.map(claim))).flat()
      const start = await engine.createGroup(groupId, device)
      const roster = new Map([user, ...users].map((one) => [one, `${users[0]}/one`]))
      const pending = await engine.commitAdd(start, claimed, { roster })
      held.push({ puppet: own, state: engine.acceptPending(start, pending) })
      const { commit, welcome = new Uint8Array(), groupInfo } = pending
      const made = { commit, welcome, groupInfo, epoch: 1 }
      forged.set(groupId, made)
      return made
    },
    /** A commit by which the colluder, where it is or was in the group, brings the stranger in; it says so (`addUsers`) or not. */
    bringIn: async (groupId: string, epoch: number, addUsers: readonly string[]): Promise<Forged | undefined> => {
      const from = held.findLast(
        ({ puppet, state }) => puppet === own && engine.groupId(state) === groupId && engine.epoch(state) === epoch,
      )
      const [keyPackage] = hidden.packages
      if (from === undefined || keyPackage === undefined) return undefined
      const claimed = { userId: 'mal', deviceId: 'one', keyPackage: keyPackage.keyPackage }
      const pending = await engine.commitAdd(from.state, [claimed], { addUsers }).catch(() => undefined)
      if (pending === undefined) return undefined
      const { commit, welcome = new Uint8Array(), groupInfo } = pending
      await hold(hidden, groupId, welcome)
      held.push({ puppet: own, state: engine.acceptPending(from.state, pending) })
      return { commit, welcome, groupInfo, epoch: epoch + 1 }
    },
    /** A commit by which the colluder, where it is in the group, gives a role that it may not give. */
    giveRole: async (groupId: string, epoch: number, role: RoleChange): Promise<Forged | undefined> => {
      const from = held.findLast(
        ({ puppet, state }) => puppet === own && engine.groupId(state) === groupId && engine.epoch(state) === epoch,
      )
      if (from === undefined) return undefined
      const { commit, groupInfo, ...pending } = await engine.emptyCommit(from.state, { role })
      held.push({ puppet: own, state: engine.acceptPending(from.state, { commit, groupInfo, ...pending }) })
      return { commit, welcome: new Uint8Array(), groupInfo, epoch: epoch + 1 }
    },
    /** Everything that passes the server is tried: a Welcome may be for the colluder, a commit may lead on from any state. */
    see: async ({ commit, welcome }: { readonly commit?: string; readonly welcome?: string }) => {
      if (welcome !== undefined)
        for (const puppet of puppets) for (const groupId of ids) await hold(puppet, groupId, fromBase64(welcome))
      for (const { puppet, state } of commit === undefined ? [] : [...held])
        await attempt(
          puppet,
          async () => (await puppet.who.engine.processCommit(state, fromBase64(commit ?? ''))).state,
        )
    },
    /** By whom it can be read; undefined where it cannot. */
    reads: async (ciphertext: string): Promise<string | undefined> => {
      for (const { puppet, state } of held)
        try {
          await puppet.who.engine.decrypt(state, fromBase64(ciphertext))
          return puppet.reader
        } catch {
          // Not of this state.
        }
      return undefined
    },
  }
}

export type Colluder = Awaited<ReturnType<typeof createColluder>>
