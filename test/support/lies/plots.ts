import { ghosts } from './about-devices.ts'
import type { Json } from './liar.ts'
import { commitEvent, keptBack, type NamedLies, type Told } from './words.ts'

const ofAnn = ({ people }: Told) => people.find(({ user }) => user === 'ann')?.lies

/** What a user is made to have said. */
const said = ({ colluder }: Told, user: string, of: Json): Json => ({
  ...of,
  statements: [...((of.statements ?? []) as Json[]), ...colluder.falseStatements(user)],
})

/** Lies to several people about one thing, which honest people do just then: each is told once. */
export const plots: NamedLies = {
  /** The member who asked for the removal has only the server's word that it is done. */
  'a removal is kept from who made it': async ({ people, id, act, members, colluder }) => {
    if (!members.includes(colluder.user)) return undefined
    const held = ['MemberRemoved', 'GroupCommitted', 'GroupCommitted'].map((type) => keptBack(id, type))
    people.find(({ user }) => user === 'ann')?.lies.push(...held)
    act('ann removes the colluder')
    return []
  },
  /** Everybody is told of it, and nobody of the commit that takes the devices out. */
  'a removal that nothing follows': async ({ people, id, act, members, colluder }) => {
    if (!members.includes(colluder.user)) return undefined
    for (const { lies } of people) lies.push(keptBack(id, 'GroupCommitted'), keptBack(id, 'GroupCommitted'))
    act('ann removes the colluder')
    return []
  },
  /** In the epoch in which it still has the keys. */
  'who is removed brings in a stranger': async (told) => {
    const { colluder, id, epoch, people, act } = told
    const made = await colluder.addAbsentMembers(id, epoch, ['mal'])
    if (made === undefined || !told.members.includes(colluder.user)) return undefined
    const commit = commitEvent(told, { ...made, generation: 0 }, colluder.user)
    const change = (event: Json): readonly Json[] => [event, { ...commit, revision: Number(event.revision) + 1 }]
    for (const { lies } of people) lies.push({ event: { id, type: 'MemberRemoved', change } })
    act('ann removes the colluder')
    return []
  },
  'a ghost, where somebody is let in': async (told) => {
    ofAnn(told)?.push(ghosts(told), ghosts(told))
    told.act('ann lets cyd in again')
    return []
  },
  'a new identity key that nobody has handed over to': async (told) => {
    const { colluder, people } = told
    for (const { lies } of people)
      lies.push({ answer: { match: /^\/users\/cyd\/devices$/, make: (answer) => said(told, 'cyd', answer) } })
    ofAnn(told)?.push(ghosts(told, (user) => colluder.falseStatements(user)))
    told.act('ann lets cyd in again')
    return []
  },
  /** No device is asked to remove it, and of the commit that does so nobody hears. */
  'a revoked device stays': async ({ people, id, stolen, act }) => {
    if (stolen === undefined) return undefined
    for (const { lies } of people)
      lies.push(keptBack(id, 'DeviceRemovalAsked'), ...[1, 2].map(() => keptBack(id, 'GroupCommitted')))
    act('ann revokes a device')
    return []
  },
}
