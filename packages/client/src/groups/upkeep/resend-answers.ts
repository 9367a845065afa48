import type { WireEvent } from '@backscroll/protocol/server-frames'
import { type ControlContent, decodeContent } from '../../content/message-content.ts'
import { fromBase64 } from '../../encoding/base64.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import type { Plaintexts } from '../../records/plaintexts.ts'
import type { Clock } from '../../time/clock.ts'
import type { ServerTime } from '../../time/server-time.ts'
import type { Readers } from '../members/tree-readers.ts'
import type { Group } from '../state/group.ts'
import { deviceName } from '../state/group-context.ts'
import { sealAgain } from './resend-encryption.ts'
import { createAddressed } from './resend-readers.ts'

type Asked = Extract<ControlContent, { readonly type: 'resend' }>['body']

export interface ResendAnswersDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly plaintexts: Plaintexts
  readonly readers: Pick<Readers, 'counted'>
  readonly clock: Clock
  readonly time: Pick<ServerTime, 'now'>
  readonly send: (conversationId: string, content: ControlContent) => void
}

/** How often this device answers in one conversation, one device and all of them, within a period. */
const most = { forOne: 64, forAll: 200, inMs: 10 * 60_000 }

/**
 * A device asks at once, after an hour and after a day: nobody asks for older messages. One that came later asks for
 * what was said while it came in: what is older it gets from an archive, which a person makes.
 */
const oldestMs = { was_there: 7 * 86_400_000, came_later: 2 * 86_400_000 }

/** How many answers were given in the present period. */
const createAllowance = (clock: Clock) => {
  let since = clock.now()
  const given = new Map<string, number>()
  const count = (name: string) => given.get(name) ?? 0
  return (conversationId: string, device: string): boolean => {
    if (clock.now() - since >= most.inMs) {
      since = clock.now()
      given.clear()
    }
    const one = `${conversationId}/${device}`
    if (count(one) >= most.forOne || count(conversationId) >= most.forAll) return false
    given.set(one, count(one) + 1)
    given.set(conversationId, count(conversationId) + 1)
    return true
  }
}

/**
 * Answers devices that could not read what this one has sent: those that are in the group now, and were in it then, or
 * whose user was, with another device.
 */
export const createResendAnswers = ({ me, plaintexts, readers, clock, time, send }: ResendAnswersDeps) => {
  const allowed = createAllowance(clock)
  const addressed = createAddressed(readers)

  /** What this device itself has sent under that id; by its own records, whatever the server calls it. */
  const envelopeFor = async (group: Group, asker: string, { messageId, revision }: Asked['messages'][number]) => {
    const known = await plaintexts.get(group.conversationId, revision)
    if (known === undefined || !('plaintext' in known) || known.own === undefined) return undefined
    const was = addressed(group, asker, known.own)
    if (was === undefined || known.at === undefined || time.now() - known.at > oldestMs[was]) return undefined
    const envelope = fromBase64(known.plaintext)
    return decodeContent(envelope)?.about.messageId === messageId ? envelope : undefined
  }

  return async (group: Group, { actor }: WireEvent, { to, key, messages }: Asked): Promise<void> => {
    const { conversationId } = group
    if (deviceName(to) !== deviceName(me)) return
    for (const { messageId, revision } of messages) {
      const envelope = await envelopeFor(group, deviceName(actor), { messageId, revision })
      if (envelope === undefined || !allowed(conversationId, deviceName(actor))) continue
      try {
        const sealed = await sealAgain(key, { conversationId, messageId, revision }, envelope)
        send(conversationId, { type: 'resent', body: { to: { ...actor }, messageId, revision, sealed } })
      } catch (thrown) {
        if (!(thrown instanceof E2eeError)) throw thrown
      }
    }
  }
}
