import { liesAboutDevices } from './about-devices.ts'
import { liesAboutGroups } from './about-groups.ts'
import { liesAboutMembers } from './about-members.ts'
import type { Json } from './liar.ts'
import { plots } from './plots.ts'
import { atOnce, type NamedLies, ofType, oneOf, type Told, usersOf } from './words.ts'

/** What was said, by whom and when. */
const liesAboutMessages: NamedLies = {
  'nothing happened': async (told) => [
    {
      event: {
        id: told.id,
        change: (event) => ({ ...event, type: 'ConversationRenamed', data: { name: '' } }),
      },
    },
  ],
  'what happened before': async (told) => {
    const old = oneOf(told.pick, told.seen.events)
    return old === undefined ? undefined : atOnce(told, { ...old, stream: { kind: 'conversation', id: told.id } })
  },
  'somebody else said it': async (told) => {
    const { pick } = told
    const userId = oneOf(pick, usersOf(told))
    const messageId = oneOf(
      pick,
      ofType(told, 'MessageSent').map(({ data }) => (data as Json).messageId),
    )
    const change = (event: Json): Json => {
      if (pick(2) === 0) return { ...event, actor: { userId, deviceId: 'one' } }
      return { ...event, data: { ...(event.data as Json), messageId } }
    }
    return [{ event: { id: told.id, type: 'MessageSent', change } }]
  },
}

/** Those first that leave a device where it is in the group. */
const lies: NamedLies = { ...liesAboutMembers, ...plots, ...liesAboutMessages, ...liesAboutDevices, ...liesAboutGroups }

export const lieNames: readonly string[] = Object.keys(lies)

/** Told once, however many it is about. */
export const isPlot = (name: string): boolean => name in plots

/** Most people have little that these could be told about: they come twice as often. */
const rare: ReadonlySet<string> = new Set([
  ...Object.keys(plots),
  'what was signed, again',
  'all that was signed, again',
  'a removal by the colluder',
  'a role by the colluder',
  'a removal by devices that call themselves an owner',
])
export const isRare = (name: string): boolean => rare.has(name)

/** The gentle ones first: a device that has lost the group is hard to lie to about its members. */
export const gently = (names: readonly string[]): readonly string[] =>
  [...names].sort((one, other) => lieNames.indexOf(one) - lieNames.indexOf(other))

/** Tells it, or has it ready for what the victim asks next. Answers what was told, if anything was. */
export const tellLie = async (name: string, told: Told): Promise<string | undefined> => {
  const made = await lies[name]?.(told)
  if (made === undefined) return undefined
  told.victim.lies.push(...made)
  return `${name} (to ${told.victim.user})`
}
