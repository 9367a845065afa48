import { randomUUID } from 'node:crypto'
import type { RoleChange } from '@backscroll/protocol/commit-statement'
import { bytesOfDeparture, type DepartureFacts } from '@backscroll/protocol/departure'
import type { IdentityStatement } from '@backscroll/protocol/identity-statements'
import { fromBase64, toBase64 } from '../../../packages/client/src/encoding/base64.ts'
import { signAct } from '../../../packages/client/src/groups/state/signed-change.ts'
import type { ClaimedKeyPackage } from '../../../packages/client/src/mls/commits/create-commit.ts'
import type { GroupState } from '../../../packages/client/src/mls/state/group-state.ts'
import type { Device } from '../../../packages/client/src/trust/device-certificate.ts'
import type { ClientWorld } from '../client/client-world.ts'
import { testDevice } from '../e2ee/device.ts'
import { enrolPuppet, type Found, impersonating, type Puppet, puppetOf, stolenFrom } from './puppets.ts'

/** A group that the colluder has made under the id of a conversation, or an epoch of the true one. */
export interface Forged {
  readonly commit: Uint8Array
  readonly welcome: Uint8Array
  readonly groupInfo: Uint8Array
  /** That the commit begins. */
  readonly epoch: number
}

interface Held {
  readonly puppet: Puppet
  readonly state: GroupState
}

type Unsigned = Omit<DepartureFacts, 'userId' | 'deviceId'>

const signBy = async (by: Device, facts: Unsigned) => {
  const { generation, epoch } = facts
  const { userId, deviceId } = by.credential
  const bytes = bytesOfDeparture({ ...facts, userId, deviceId })
  return { generation, epoch, proof: await signAct(by, bytes) }
}

/**
 * An ordinary account that works with the server: keeps every state of a group that it ever had, and tries them all on what honest devices send. Beside its
 * own device it has one of somebody whom nobody knows, and some that call themselves those of honest people.
 */
export const createColluder = async (world: ClientWorld, user: string, groupIds: readonly string[] = []) => {
  const who = await testDevice(user, 'one')
  const { device, engine } = who
  const own = await puppetOf(user, who, 10)
  const hidden = await puppetOf('mal', await testDevice('mal', 'one'))
  let puppets: readonly Puppet[] = [own, hidden]
  let ids = groupIds
  let held: Held[] = []
  let thieves: readonly Puppet[] = []
  /** One for each group id: they take time. */
  const forged = new Map<string, Forged>()
  /** What users are made to have said of their identity keys. */
  const said = new Map<string, readonly IdentityStatement[]>()
  const rest = await enrolPuppet(world, own)

  const attempt = async (puppet: Puppet, make: () => Promise<GroupState>) => {
    try {
      held.push({ puppet, state: await make() })
    } catch {
      // Not for this account.
    }
  }
  /** For each group anew: what has let somebody in once is used up. */
  const claim = async (whom: string): Promise<readonly ClaimedKeyPackage[]> => {
    const { json } = await rest('POST', `/users/${whom}/key-packages/claim`, { claimId: randomUUID() })
    const found: readonly { deviceId: string; keyPackage: string }[] = json.packages ?? []
    return found.map(({ deviceId, keyPackage }) => ({ userId: whom, deviceId, keyPackage: fromBase64(keyPackage) }))
  }

  /** Its own state of this epoch. */
  const heldAt = (groupId: string, epoch: number) =>
    held.findLast(
      ({ puppet, state }) => puppet === own && engine.groupId(state) === groupId && engine.epoch(state) === epoch,
    )

  const hold = async (puppet: Puppet, groupId: string, welcome: Uint8Array) =>
    attempt(
      puppet,
      async () => (await puppet.who.engine.join(groupId, welcome, puppet.who.device, puppet.packages)).state,
    )

  const readersOf = async (ciphertext: string): Promise<readonly string[]> => {
    const readers = new Set<string>()
    for (const { puppet, state } of held)
      try {
        await puppet.who.engine.decrypt(state, fromBase64(ciphertext))
        readers.add(puppet.reader)
      } catch {
        // Not of this state.
      }
    return [...readers]
  }
  const ghostsOf = (userId: string) =>
    puppets.filter((one) => one !== own && one.who.device.credential.userId === userId)

  return {
    user,
    rest,
    /** Conversations that are over are not looked at any more. */
    turnTo: (groupIds: readonly string[]) => {
      ids = groupIds
      held = []
    },
    keyPackage: () => toBase64(own.packages[0]?.keyPackage ?? new Uint8Array()),
    /** Has devices that call themselves this user's, and words in the user's name. */
    impersonate: async (userId: string, identityKey: string) => {
      const made = await impersonating(userId, identityKey)
      puppets = [...puppets, ...made.puppets]
      said.set(userId, made.statements)
    },
    falseStatements: (userId: string): readonly IdentityStatement[] => said.get(userId) ?? [],
    /** Has another device of this user, in place of the one before. Answers its id. */
    steal: async (by: Found): Promise<string> => {
      puppets = puppets.filter((one) => !thieves.includes(one))
      const { stolen, second } = await stolenFrom(by)
      await enrolPuppet(world, stolen)
      thieves = [stolen, second]
      puppets = [...puppets, ...thieves]
      return stolen.who.device.credential.deviceId
    },
    /** Devices that do not belong to this user, or no longer do. */
    ghostPackages: (userId: string) =>
      ghostsOf(userId).map(({ who: { device: ghost }, packages: [first] }) => ({
        deviceId: ghost.credential.deviceId,
        keyPackage: toBase64(first?.keyPackage ?? new Uint8Array()),
        lastResort: false,
      })),
    /** What the members' devices are to believe: a departure as this account's device signs it. */
    sign: (facts: Unsigned) => signBy(device, facts),
    /** The same by each device that calls itself this user's. Answers also which. */
    signAs: (userId: string, facts: Unsigned) =>
      Promise.all(
        ghostsOf(userId)
          .filter(({ reader }) => reader === 'ghost')
          .map(async ({ who: { device: ghost } }) => ({
            signed: await signBy(ghost, facts),
            deviceId: ghost.credential.deviceId,
          })),
      ),
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
    addAbsentMembers: async (
      groupId: string,
      epoch: number,
      addUsers: readonly string[],
    ): Promise<Forged | undefined> => {
      const from = heldAt(groupId, epoch)
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
      const from = heldAt(groupId, epoch)
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
    reads: async (ciphertext: string): Promise<string | undefined> => (await readersOf(ciphertext))[0],
    readersOf,
  }
}

export type Colluder = Awaited<ReturnType<typeof createColluder>>
