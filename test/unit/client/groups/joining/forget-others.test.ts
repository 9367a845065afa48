import { describe, expect, it } from 'vitest'
import {
  createSnapshotCatchUp,
  type SnapshotCatchUpDeps,
} from '../../../../../packages/client/src/groups/joining/snapshot-catch-up.ts'
import { type Group, newGroup, type OwnCommit } from '../../../../../packages/client/src/groups/state/group.ts'

const commit = (clientSeq: number): OwnCommit => ({ clientSeq, generation: 0, upTo: 0, made: {} as never })
const groupAt = (id: string, appliedRevision: number, pending?: OwnCommit): Group =>
  Object.assign(newGroup(id), { appliedRevision, pending })

/** What the outbox holds is sent, and accepted, before the snapshot has its turn. */
const openBook = (...groups: Group[]) => {
  const sending = new Set<number>()
  const unused = {} as SnapshotCatchUpDeps
  const { forgetOthers } = createSnapshotCatchUp({
    ...unused,
    book: { all: () => groups, touch: () => {} } as never,
    plaintexts: { dropAfter: async () => [] } as never,
    outbox: { waiting: () => [...sending].map((clientSeq) => ({ clientSeq })) } as never,
  })
  return { groups, sending, forgetOthers }
}

describe('What a snapshot does not name', () => {
  it('is forgotten, with a commit that nobody sends any more', async () => {
    const [named, gone] = [groupAt('a', 7, commit(1)), groupAt('b', 7, commit(1))]
    await openBook(named, gone).forgetOthers(new Set(['a']))()
    expect([gone.appliedRevision, gone.pending, gone.standing]).toEqual([-1, undefined, 'cut_off'])
    expect([named.appliedRevision, named.pending, named.standing]).toEqual([7, commit(1), 'in'])
  })

  it('is not what was begun after it, nor a commit that has been accepted since', async () => {
    const [gone, sent] = [groupAt('b', 7), groupAt('c', -1, commit(2))]
    const { groups, sending, forgetOthers } = openBook(gone, sent)
    sending.add(2)
    const forget = forgetOthers(new Set())
    sending.clear()
    const begun = groupAt('d', -1, commit(3))
    groups.push(begun)
    gone.pending = commit(4)
    await forget()
    expect([begun, sent, gone].map(({ pending }) => pending)).toEqual([commit(3), commit(2), commit(4)])
    expect(begun.standing).toBe('in')
  })
})
