import { expect } from 'vitest'
import { parseGroupInfo } from '../../../src/domain/mls/group-info.ts'
import { parsePrivateMessageHeader } from '../../../src/domain/mls/private-message-header.ts'
import { parseWelcome } from '../../../src/domain/mls/welcome.ts'
import type { MlsMember } from './member.ts'
import { commitAsRead, keyPackageVerdict } from './server-check.ts'

/**
 * A group of devices that run different MLS implementations, and its server: whatever one makes is read as the server reads it, then
 * taken in by all others, and after each commit all members hold the same secrets and see the same members.
 */
export const createMixedGroup = async (groupId: string, first: MlsMember) => {
  const inside = new Map([[first.name, first]])
  let said = 0
  await first.create(groupId)

  const others = (by: MlsMember) => [...inside.values()].filter((member) => member !== by)

  const leafOf = async (by: MlsMember, name: string): Promise<number> => {
    const line = (await by.view()).members.find((one) => one.endsWith(` ${name}`))
    if (line === undefined) throw new Error(`${name} is not in the group`)
    return Number(line.split(' ')[0])
  }

  const agree = async (): Promise<void> => {
    const [view, ...more] = await Promise.all([...inside.values()].map((member) => member.view()))
    for (const other of more) expect(other).toEqual(view)
    expect(view?.members.map((line) => line.split(' ')[1]).sort()).toEqual([...inside.keys()].sort())
  }

  const deliver = async (by: MlsMember, commit: Uint8Array, gone: readonly string[] = []): Promise<void> => {
    for (const other of others(by))
      expect(await other.process(commit)).toBe(gone.includes(other.name) ? 'removed' : 'commit')
    for (const name of gone) inside.delete(name)
  }

  const readCommit = (commit: Uint8Array, meant: Omit<Parameters<typeof commitAsRead>[1], 'groupId'>): void => {
    const compared = commitAsRead(commit, { groupId, ...meant })
    expect(compared.read).toEqual(compared.meant)
  }

  const readGroupInfo = async (by: MlsMember): Promise<Uint8Array> => {
    const groupInfo = await by.groupInfo()
    const { epoch } = await by.view()
    expect(parseGroupInfo(groupInfo)).toEqual({ groupId, epoch, signer: await leafOf(by, by.name) })
    return groupInfo
  }

  const facts = async (by: MlsMember) => ({ by, epoch: (await by.view()).epoch, sender: await leafOf(by, by.name) })

  return {
    groupId,
    inside,
    leafOf,
    add: async (by: MlsMember, newcomers: readonly MlsMember[]): Promise<void> => {
      const packages = await Promise.all(newcomers.map((one) => one.keyPackage()))
      newcomers.forEach((one, index) => {
        expect(keyPackageVerdict(one, packages[index] ?? new Uint8Array())).toBe('good')
      })
      const { commit, welcome = new Uint8Array() } = await by.add(packages)
      readCommit(commit, { ...(await facts(by)), adds: newcomers, removes: [] })
      expect(parseWelcome(welcome)).toEqual({ addressees: newcomers.length })
      await deliver(by, commit)
      await by.apply()
      for (const one of newcomers) {
        await one.join(groupId, welcome)
        inside.set(one.name, one)
      }
      await agree()
    },
    remove: async (by: MlsMember, gone: readonly MlsMember[]): Promise<void> => {
      const removes = await Promise.all(gone.map(({ name }) => leafOf(by, name)))
      const { commit } = await by.remove(removes)
      readCommit(commit, { ...(await facts(by)), adds: [], removes })
      await deliver(
        by,
        commit,
        gone.map(({ name }) => name),
      )
      await by.apply()
      await agree()
    },
    update: async (by: MlsMember): Promise<void> => {
      const { commit } = await by.update()
      readCommit(commit, { ...(await facts(by)), adds: [], removes: [] })
      await deliver(by, commit)
      await by.apply()
      await agree()
    },
    /** Two commit in one epoch; the server takes the winner's. */
    race: async (winner: MlsMember, loser: MlsMember): Promise<void> => {
      const { commit } = await winner.update()
      await loser.update()
      await deliver(winner, commit)
      await winner.apply()
      await agree()
    },
    /** By the GroupInfo of `witness`, in place of its own leaf if it has one. */
    joinFromOutside: async (one: MlsMember, witness: MlsMember): Promise<void> => {
      const groupInfo = await readGroupInfo(witness)
      const { epoch } = await witness.view()
      const leaf = inside.has(one.name) ? await leafOf(witness, one.name) : undefined
      const commit = await one.joinFromOutside(groupId, groupInfo, leaf)
      const removes = leaf === undefined ? [] : [leaf]
      readCommit(commit, { by: one, epoch, sender: 'external', adds: [], removes })
      await deliver(one, commit)
      inside.set(one.name, one)
      await agree()
    },
    /** All others read what `by` says, in this order. */
    say: async (by: MlsMember, order: readonly number[] = [0]): Promise<void> => {
      const { epoch } = await by.view()
      const leaf = await leafOf(by, by.name)
      const sent: { message: Uint8Array; read: string }[] = []
      for (const _ of order) {
        said += 1
        const message = await by.encrypt(`text ${said}`, `bound ${said}`)
        expect(parsePrivateMessageHeader(message)).toEqual({ groupId, epoch })
        sent.push({ message, read: `${leaf}: text ${said}, bound ${said}` })
      }
      for (const other of others(by))
        for (const index of order) {
          const next = sent[index]
          if (next !== undefined) expect(await other.decrypt(next.message)).toBe(next.read)
        }
    },
  }
}

export type MixedGroup = Awaited<ReturnType<typeof createMixedGroup>>
