import { toBase64 } from '../../../packages/client/src/encoding/base64.ts'
import type { Json } from './liar.ts'
import {
  atOnce,
  behind,
  commitEvent,
  eventOf,
  forge,
  type NamedLies,
  namesOf,
  oneOf,
  placeOf,
  refOf,
  refused,
  somebody,
  someDepartures,
  type Told,
  usersOf,
} from './words.ts'

/** What every answer about a group has, whatever it says of it. */
const emptyInfo = ({ id }: Told) => ({ conversationId: id, revision: 0, departures: [], pendingRemovals: [] })

/** The encryption group of a conversation: its epochs, Welcomes, commits, GroupInfo and resets. */
export const liesAboutGroups: NamedLies = {
  'another epoch': async (told) => [refused('stale_epoch', placeOf(told))],
  'somebody must leave': async ({ pick, people }) => [
    refused('commit_required', { devices: `${oneOf(pick, people)?.user}/one` }),
  ],
  'a welcome of its own': async (told) => {
    const forged = await forge(told)
    if (forged === undefined) return undefined
    const { id, pick, colluder } = told
    const { generation, welcome } = forged
    const revision = pick(6)
    const actor = oneOf(pick, [colluder.user, ...usersOf(told)])
    const event = { ...commitEvent(told, forged, actor), revision }
    const item = { conversationId: id, revision, at: 1, generation, epoch: 1, welcome: refOf(welcome) }
    return [
      refused('stale_epoch', { generation, epoch: 90 }),
      // First what follows the commits that it has, then the event of the Welcome.
      ...behind(),
      { answer: { match: /\/welcomes$/, make: () => ({ items: [item] }) } },
      { answer: { match: /\/events$/, make: () => ({ events: [event] }) } },
      { blob: welcome },
    ]
  },
  'a commit of its own': async (told) => {
    const forged = await forge(told)
    if (forged === undefined) return undefined
    const event = commitEvent(told, { ...forged, epoch: told.pick(2) === 0 ? 1 : told.epoch + 1 }, somebody(told))
    atOnce(told, event)
    return [{ blob: forged.welcome }]
  },
  /** Where the colluder is in the group, or was until now. */
  'a stranger, by a commit of the colluder': async (told) => {
    const { colluder, id, pick, epoch } = told
    const at = pick(3) === 0 ? epoch - 1 : epoch
    const made = await colluder.addAbsentMembers(id, at, pick(2) === 0 ? [] : ['mal'])
    if (made === undefined) return undefined
    return atOnce(told, commitEvent(told, { ...made, generation: 0 }, colluder.user))
  },
  'a group of its own': async (told) => {
    const forged = await forge(told)
    if (forged === undefined) return undefined
    const { generation, groupInfo } = forged
    const place = { ...emptyInfo(told), generation, epoch: 90, departures: someDepartures(told) }
    const info = { ...place, groupInfo: toBase64(groupInfo), leaves: namesOf(usersOf(told)) }
    const answer = { answer: { match: /\/group-info$/, make: () => info } }
    return [
      refused('stale_epoch', { generation, epoch: 90 }),
      ...behind(),
      answer,
      { ...answer },
      { accept: generation },
    ]
  },
  'a group as it was': async (told) => {
    const { pick, seen, id } = told
    const old = oneOf(
      pick,
      seen.infos.filter((info) => info.conversationId === id),
    )
    const shown = { departures: someDepartures(told), leaves: namesOf(usersOf(told)) }
    const make = (answer: Json) => ({ ...answer, ...shown, groupInfo: old?.groupInfo })
    const answer = { answer: { match: /\/group-info$/, make } }
    return [refused('stale_epoch', { generation: 0, epoch: 90 }), ...behind(), answer, { ...answer }, { accept: 0 }]
  },
  'no group': async (told) => [
    refused('stale_epoch', placeOf(told)),
    {
      answer: {
        match: /\/group-info$/,
        make: () => ({ ...emptyInfo(told), ...placeOf(told), groupInfo: null, leaves: [] }),
      },
    },
    { accept: 1 },
  ],
  /** Out by the server's word, and in again by the colluder's. */
  'out, and into a group of its own': async (told) => {
    const forged = await forge(told)
    if (forged === undefined) return undefined
    const { victim, colluder } = told
    const members = [{ userId: victim.user, role: 'member' }]
    atOnce(
      told,
      eventOf(told, oneOf(told.pick, usersOf(told)), 'MemberRemoved', { userId: victim.user, lastSeq: 0 }),
      eventOf(told, colluder.user, 'MembersAdded', { members, lastSeq: 0 }),
    )
    victim.lies.push({ blob: forged.welcome })
    return atOnce(told, commitEvent(told, { ...forged, epoch: 1 }, colluder.user))
  },
  'the group is reset': async (told) => {
    const { proof } = (oneOf(
      told.pick,
      told.seen.events.filter(({ type }) => type === 'GroupReset'),
    )?.data ?? {}) as Json
    const data = { generation: 1 + told.pick(2), clientSeq: 1, ...(proof !== undefined && { proof }) }
    return atOnce(told, eventOf(told, oneOf(told.pick, usersOf(told)), 'GroupReset', data))
  },
  'another blob': async ({ pick, seen }) => [{ blob: oneOf(pick, seen.blobs) }],
  'everything anew': async (told) => {
    const { pick, victim, id } = told
    const forged = pick(2) === 0 ? await forge(told) : undefined
    const welcome = forged && {
      ...{ conversationId: id, revision: pick(9), at: 1, generation: forged.generation, epoch: 1 },
      welcome: refOf(forged.welcome),
    }
    const change = (one: Json): readonly Json[] => {
      if ((one.conversation as Json).conversationId !== id) return [one]
      return pick(3) === 0
        ? []
        : [{ ...one, revision: Math.max(0, Number(one.revision) - pick(4)), welcome: welcome ?? one.welcome }]
    }
    const make = (answer: Json) => ({ ...answer, conversations: (answer.conversations as Json[]).flatMap(change) })
    victim.server.drop()
    return [
      { result: (result) => ({ ...result, recovered: false }) },
      { answer: { match: /\/sync\/snapshot$/, make } },
      ...(forged === undefined ? [] : [{ blob: forged.welcome }]),
    ]
  },
}
