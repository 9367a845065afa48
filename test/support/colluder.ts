import { randomUUID } from 'node:crypto'
import { fromBase64, toBase64 } from '../../src/client/base64.ts'
import { createDeviceProver } from '../../src/client/device-prover.ts'
import type { ClaimedKeyPackage } from '../../src/client/e2ee/create-commit.ts'
import type { GroupState } from '../../src/client/e2ee/group-state.ts'
import type { OwnKeyPackage } from '../../src/client/e2ee/key-packages.ts'
import { signAct } from '../../src/client/groups/signed-act.ts'
import { bytesOfMemberChange, type MemberChange, type MemberChangeFacts } from '../../src/protocol/member-change.ts'
import type { ClientWorld } from './client-world.ts'
import { testDevice } from './e2ee-device.ts'
import { callerOf } from './server-rest.ts'

/** A group that the colluder has made under the id of a conversation. */
export interface Forged {
  readonly commit: Uint8Array
  readonly welcome: Uint8Array
  readonly groupInfo: Uint8Array
}

/** An ordinary account that works with the server: keeps every state of a group that it ever had, and tries them all on what honest devices send. */
export const createColluder = async (world: ClientWorld, user: string, groupIds: readonly string[]) => {
  const who = await testDevice(user, 'one')
  const { device, engine } = who
  const token = await world.token(user, 'one')
  const packages: OwnKeyPackage[] = []
  const states: GroupState[] = []
  /** One for each group id: they take time, and serve again. */
  const forged = new Map<string, Forged>()
  const taken = new Map<string, readonly ClaimedKeyPackage[]>()

  const rest = callerOf(world.url(), token, createDeviceProver(device.keys, Date.now))
  const attempt = async (make: () => Promise<GroupState>) => {
    try {
      states.push(await make())
    } catch {
      // Not for this account.
    }
  }
  /** Limited for everybody: what was claimed before serves again. */
  const claim = async (whom: string): Promise<readonly ClaimedKeyPackage[]> => {
    const { json } = await rest('POST', `/users/${whom}/key-packages/claim`, { claimId: randomUUID() })
    const found: readonly { deviceId: string; keyPackage: string }[] | undefined = json.packages
    const claimed = found?.map((one) => ({
      userId: whom,
      deviceId: one.deviceId,
      keyPackage: fromBase64(one.keyPackage),
    }))
    if (claimed !== undefined) taken.set(whom, claimed)
    return taken.get(whom) ?? []
  }

  const enrol = async () => {
    const { certificate, identityKey } = device.credential
    await rest('POST', '/devices', { signatureKey: toBase64(device.keys.publicKey), certificate, identityKey })
    const [oneTime, last] = [
      await engine.makeKeyPackages(device, 10, { lastResort: false }),
      await engine.makeKeyPackages(device, 1, { lastResort: true }),
    ]
    packages.push(...oneTime, ...last)
    await rest('POST', '/devices/one/key-packages', {
      keyPackages: oneTime.map(({ keyPackage }) => toBase64(keyPackage)),
      lastResort: toBase64(last[0]?.keyPackage ?? new Uint8Array()),
    })
  }
  await enrol()

  return {
    user,
    /** What the members' devices are to believe: a change of the members as this account's device signs it. */
    sign: async (facts: Omit<MemberChangeFacts, 'userId' | 'deviceId'> & MemberChange) => {
      const { generation, epoch } = facts
      const { userId, deviceId } = device.credential
      const bytes = bytesOfMemberChange({ ...facts, userId, deviceId })
      return { generation, epoch, proof: await signAct(device, bytes) }
    },
    keyPackage: () => toBase64(packages[0]?.keyPackage ?? new Uint8Array()),
    rest,
    /** A group of the colluder and these users, as if it were the conversation's. */
    forge: async (groupId: string, users: readonly string[]): Promise<Forged | undefined> => {
      const known = forged.get(groupId)
      if (known !== undefined) return known
      const claimed = (await Promise.all(users.map(claim))).flat()
      const start = await engine.createGroup(groupId, device)
      const roster = new Map([user, ...users].map((one) => [one, `${users[0]}/one`]))
      const pending = await engine.commitAdd(start, claimed, { roster })
      states.push(engine.acceptPending(start, pending))
      const made = {
        commit: pending.commit,
        welcome: pending.welcome ?? new Uint8Array(),
        groupInfo: pending.groupInfo,
      }
      forged.set(groupId, made)
      return made
    },
    /** Everything that passes the server is tried: a Welcome may be for the colluder, a commit may lead on from any state. */
    see: async ({ commit, welcome }: { readonly commit?: string; readonly welcome?: string }) => {
      for (const groupId of welcome === undefined ? [] : groupIds)
        await attempt(async () => (await engine.join(groupId, fromBase64(welcome ?? ''), device, packages)).state)
      for (const state of commit === undefined ? [] : [...states])
        await attempt(async () => (await engine.processCommit(state, fromBase64(commit ?? ''))).state)
    },
    reads: async (ciphertext: string): Promise<boolean> => {
      for (const state of states)
        try {
          await engine.decrypt(state, fromBase64(ciphertext))
          return true
        } catch {
          // Not of this state.
        }
      return false
    },
  }
}

export type Colluder = Awaited<ReturnType<typeof createColluder>>
