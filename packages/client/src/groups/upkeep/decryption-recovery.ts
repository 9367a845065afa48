import { isConversationEvent } from '@backscroll/protocol/conversation-events'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { type ControlContent, decodeContent, decodeControl, encodeAad } from '../../content/message-content.ts'
import { readableOf } from '../../content/readable-content.ts'
import { toBase64 } from '../../encoding/base64.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import type { ClientEvent } from '../../events/client-events.ts'
import { shownEvent } from '../../events/conversation-event.ts'
import { checkAgainst } from '../../mls/tamper-check.ts'
import type { Plaintexts } from '../../records/plaintexts.ts'
import type { StoreChange } from '../../stores/client-store.ts'
import type { Clock } from '../../time/clock.ts'
import type { ServerTime } from '../../time/server-time.ts'
import type { Readers } from '../members/tree-readers.ts'
import type { Renewal } from '../state/epoch-renewal.ts'
import type { Group } from '../state/group.ts'
import type { GroupBook } from '../state/group-book.ts'
import { deviceName } from '../state/group-context.ts'
import { createResendAnswers } from './resend-answers.ts'
import { createAskingKey, openAgain } from './resend-encryption.ts'
import type { SharedTask } from './shared-tasks.ts'
import type { UnreadableMessages } from './unreadable-messages.ts'

export interface DecryptionRecoveryDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly book: GroupBook
  readonly plaintexts: Plaintexts
  readonly readers: Pick<Readers, 'counted'>
  readonly unread: UnreadableMessages
  readonly renewal: Renewal
  readonly clock: Clock
  readonly time: Pick<ServerTime, 'now'>
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  /** To all devices of a group. */
  readonly send: (conversationId: string, content: ControlContent) => void
  readonly renew: (conversationId: string) => void
  readonly onError: (thrown: unknown) => void
}

type Told = Extract<ControlContent, { readonly type: 'resent' }>['body']

/** Damage that a device that was in the group should not meet. */
const healed: ReadonlySet<string> = new Set(['unreadable', 'wrong_epoch', 'no_group'])

/**
 * A device that cannot read a message although it was in the group begins a new epoch, so that it can read the next
 * one, and asks the device that sent it. A new device of a user asks also for what came before it was in the group,
 * once it is there beside another one, which could read it. What is sent again counts only from that very device, for the event that
 * this one has seen, and if its sender had authenticated it.
 */
export const createDecryptionRecovery = (deps: DecryptionRecoveryDeps) => {
  const { me, book, plaintexts, readers, unread, renewal, time } = deps
  const answer = createResendAnswers(deps)
  const isInside = (group: Group) => group.state !== undefined && group.devices.has(deviceName(me))

  const note = (group: Group, event: WireEvent, code: string) => {
    if (!healed.has(code)) return
    const wasInside = group.devices.has(deviceName(me))
    if (wasInside && code === 'unreadable') renewal.broken(group)
    group.extra.push(...(wasInside ? unread.add(event) : unread.add(event, 'early')))
  }

  /** Undefined: this device has not asked for it. */
  const heard = async (id: string, { actor }: WireEvent, told: Told) => {
    const event = unread.get(id, told.revision)
    const key = unread.key(id)
    if (event === undefined || key === undefined || deviceName(event.actor) !== deviceName(actor)) return undefined
    const place = { conversationId: id, messageId: told.messageId, revision: told.revision }
    const envelope = await openAgain(key.privateKey, place, told.sealed)
    const content = decodeContent(envelope)
    if (content === undefined) return undefined
    const { userId, deviceId } = actor
    const sender = { leaf: 0, identityKey: '', userId, deviceId }
    return checkAgainst(event, { aad: encodeAad(content.about), sender }, id).ok ? { event, envelope } : undefined
  }
  const take = async (group: Group, from: WireEvent, told: Told): Promise<readonly ClientEvent[]> => {
    const { conversationId: id } = group
    const found = deviceName(told.to) === deviceName(me) ? await heard(id, from, told) : undefined
    const known = await plaintexts.get(id, told.revision)
    if (found === undefined || known === undefined || !('unreadable' in known)) return []
    const { unreadable: _, ...when } = known
    const record = { plaintext: toBase64(found.envelope), ...when }
    group.extra.push(...plaintexts.put(id, told.revision, record), ...unread.drop(id, told.revision))
    const { event, envelope } = found
    if (!isConversationEvent(event)) return []
    const message = shownEvent(event, {
      conversationId: id,
      own: false,
      ...readableOf(envelope),
      unreadable: undefined,
    })
    return [{ type: 'recovered', conversationId: id, message }]
  }

  /** Otherwise nobody sealed for this user what came early, and nobody would answer. */
  const isSecond = (group: Group): boolean => {
    const own = readers.counted(group).filter(({ userId }) => userId === me.userId)
    return own.some(({ deviceId }) => deviceId !== me.deviceId)
  }
  const due = (id: string) => unread.due(id, time.now(), isSecond(book.of(id)))
  const ask = async (id: string) => {
    const known = unread.key(id)
    const key = known ?? (await createAskingKey())
    if (known === undefined) await deps.write([unread.keepKey(id, key)])
    for (const [author, events] of due(id)) {
      await deps.write(unread.asked(id, events, time.now()))
      const [first] = events
      if (first === undefined || !book.of(id).devices.has(author)) continue
      const messages = events.map(({ data, revision }) => ({ messageId: String(data.messageId), revision }))
      deps.send(id, { type: 'resend', body: { to: { ...first.actor }, key: key.publicKey, messages } })
    }
  }

  /** The first device does it for all. */
  const renewing: SharedTask = {
    due: (id) => (isInside(book.of(id)) && renewal.isBroken(book.of(id)) ? [0, 3_000] : undefined),
    act: (id) => deps.renew(id),
  }
  const asking: SharedTask = {
    due: (id) => {
      const group = book.of(id)
      const waits = !isInside(group) || group.pending !== undefined || renewal.isBroken(group)
      return waits || due(id).size === 0 ? undefined : [500, 2_000]
    },
    act: (id) => void ask(id).catch(deps.onError),
  }

  return {
    note,
    tasks: [renewing, asking],
    /** It was deleted, or has been read. */
    forget: (group: Group, revision: number) => void group.extra.push(...unread.drop(group.conversationId, revision)),
    /** What another device has said to all devices of the group. */
    control: async (group: Group, event: WireEvent, envelope: Uint8Array): Promise<readonly ClientEvent[]> => {
      const content = decodeControl(envelope)
      try {
        if (content?.type === 'resend') await answer(group, event, content.body)
        return content?.type === 'resent' ? await take(group, event, content.body) : []
      } catch (thrown) {
        if (thrown instanceof E2eeError) return []
        throw thrown
      }
    },
  }
}

export type DecryptionRecovery = ReturnType<typeof createDecryptionRecovery>
