import { setTimeout as sleep } from 'node:timers/promises'
import type { Person, Sealed } from './liar.ts'
import { revokedFor, shownTo } from './liar.ts'
import type { Play } from './round.ts'
import { misshown } from './shown.ts'

export interface OracleDeps {
  /** What was sealed since it was looked at last. */
  readonly sealed: Sealed[]
  /** Work of the colluder that is under way. */
  readonly working: Promise<unknown>[]
}

const spoken = /^[0-9a-f]{8}-[0-9a-f-]{27}$/

/**
 * Every user who can read a message is shown to its author, in a group of theirs, and nobody whose removal the
 * author knew can read it.
 */
const misread = (play: Play, one: Sealed, reader: string): string | undefined => {
  const { by, conversationId, shown, barred, revoked } = one
  const [user = '', stolen] = reader.split('/')
  if (stolen !== undefined)
    return revoked.has(reader) ? `${by.user} knows that ${user} has revoked a device, which reads on` : undefined
  const visible = shown.has(reader) || shownTo(by, conversationId).has(reader)
  if (conversationId[14] === '5') return `${reader} reads what ${by.user} writes in a direct conversation`
  if (!visible) return `${reader} reads what ${by.user} writes, who cannot see it`
  return barred && conversationId === play.round.id ? `${by.user} has removed ${reader}, who reads on` : undefined
}

/** What people are told that others have said was said by these, here, and once. */
const misquoted = ({ round }: Play, { user, log }: Person): string | undefined => {
  const heard = new Map<string, number>()
  for (const event of log) {
    if (event.type !== 'message' || event.own || event.content?.type !== 'text') continue
    const { id } = event.event.stream
    const { text } = event.content.body
    if (id !== round.id || !spoken.test(text)) continue
    const key = `${id}/${event.event.actor.userId}/${text}`
    if (!round.said.has(key)) return `${user} is told that ${event.event.actor.userId} said what nobody has`
    if ((heard.get(key) ?? event.event.revision) !== event.event.revision) return `${user} is told something twice`
    heard.set(key, event.event.revision)
  }
  return undefined
}

/** No identity key is renewed, and only a thief's devices are revoked. */
const misidentified = ({ people, identities }: Play, { user, client, log }: Person): string | undefined => {
  const other = people.find((one) => {
    const known = client.identityOf(one.user)
    return known !== undefined && known.identityKey !== identities.get(one.user)
  })
  if (other !== undefined) return `${user} believes another identity key of ${other.user}`
  const untrue = [...revokedFor({ log })].find((name) => !name.includes('/stolen-'))
  return untrue === undefined ? undefined : `${user} is told that ${untrue} is revoked`
}

/** The groups of the rounds are never reset. */
const misattributed = ({ round }: Play, { user, log }: Person): string | undefined => {
  const reset = log.find(
    (event) => event.type === 'trust' && event.conversationId === round.id && event.notice.type === 'group_reset',
  )
  return reset === undefined ? undefined : `${user} is told of a reset that nobody has made`
}

const noticed = ({ log }: Person) =>
  log.filter((event) => event.type === 'warning' && event.details.reason === 'blob').length

/** A client that was served other bytes than it asked for reports it at once. */
const unnoticed = async (person: Person): Promise<string | undefined> => {
  for (let left = 20; left > 0 && noticed(person) < person.swapped(); left -= 1) await sleep(100)
  return noticed(person) < person.swapped() ? `${person.user} has taken bytes of another hash for a blob` : undefined
}

/** What is wrong, and with whom; undefined where all is well. */
export interface Oracle {
  /** The users who can read what was sent, also while honest users change the group. */
  readers(play: Play): Promise<string | undefined>
  /** And what people are shown. */
  whole(play: Play): Promise<string | undefined>
}

/** What no honest device does and nobody is told, whatever the server says. */
export const createOracle = ({ sealed, working }: OracleDeps): Oracle => {
  const readers: Oracle['readers'] = async (play) => {
    await Promise.all(working.splice(0))
    for (const one of sealed.splice(0))
      for (const reader of await play.colluder.readersOf(one.ciphertext)) {
        const wrong = misread(play, one, reader)
        if (wrong !== undefined) return wrong
      }
    return undefined
  }
  const told = async (play: Play, person: Person) =>
    misshown(person, play.round) ??
    misattributed(play, person) ??
    misidentified(play, person) ??
    misquoted(play, person) ??
    (await unnoticed(person))
  const whole: Oracle['whole'] = async (play) => {
    const read = await readers(play)
    if (read !== undefined) return read
    for (const person of play.people) {
      const wrong = await told(play, person)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }
  return { readers, whole }
}
