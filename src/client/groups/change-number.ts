import { mostLeftOut } from '../../protocol/member-change.ts'
import type { GivenNumbers } from './given-numbers.ts'
import type { Group } from './group.ts'
import type { Place } from './place.ts'

const givenAt = ({ given, roles }: Group, { generation, epoch }: Place): GivenNumbers => {
  const { changes } = roles
  const isHere = given?.generation === generation && given.epoch === epoch && given.changes === changes
  return isHere ? given : { generation, epoch, changes, of: {} }
}

/** One number for each command, however often it is sent: what was signed twice could be told twice. No number serves two. */
export const numberFor = (group: Group, place: Place, clientSeq: number): number => {
  const given = givenAt(group, place)
  const number = given.of[clientSeq] ?? Math.max(group.numbered, group.roles.changes) + 1
  group.numbered = Math.max(group.numbered, number)
  group.given = { ...given, of: { ...given.of, [clientSeq]: number } }
  return number
}

/**
 * The server has taken a change whose signer lacks the right: the next one that this device signs passes over its
 * number, since the server wants higher ones. By half of what may be left out at most: so who has no right leaves
 * numbers for those who have.
 */
export const passOver = (group: Group, number: number): void => {
  if (number > group.roles.changes + mostLeftOut / 2) return
  if (Object.values(group.given?.of ?? {}).some((own) => own <= number)) group.given = undefined
  group.numbered = Math.max(group.numbered, number)
}
