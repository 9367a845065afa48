import type { WireEvent } from '@backscroll/protocol/server-frames'
import { fromBase64 } from '../../encoding/base64.ts'
import { toBackscrollError } from '../../errors/backscroll-error.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import type { ClientEvent } from '../../events/client-events.ts'
import type { DecryptedEvent } from '../../events/decrypted-event.ts'
import type { Retention } from '../../history/message-retention.ts'
import type { GroupEpoch } from '../../mls/state/group-epoch.ts'
import type { Plaintext, Read } from '../../records/plaintexts.ts'
import { backoffMs } from '../../time/backoff.ts'
import { sleep } from '../../time/clock.ts'
import type { ApplyDetails } from '../details/apply-details.ts'
import { membersEvent, sameMembers } from '../members/members-event.ts'
import { devicesIn, followRoster, isDropped } from '../members/roster-changes.ts'
import { canJoin } from '../state/enter-epoch.ts'
import type { Group } from '../state/group.ts'
import type { GroupContext } from '../state/group-context.ts'
import type { DecryptionRecovery } from '../upkeep/decryption-recovery.ts'
import type { ApplyCommit, CommitOutcome } from './apply-commit.ts'
import type { ApplyDeparture } from './apply-departure.ts'
import type { ApplyReset } from './apply-reset.ts'
import type { CommitNotices } from './commit-notices.ts'
import { type OpenedMessage, openMessage, recordOf } from './decrypt-message.ts'

export interface ApplyEventDeps extends GroupContext {
  readonly applyCommit: ApplyCommit
  readonly applyReset: ApplyReset
  readonly applyDeparture: ApplyDeparture
  readonly commitNotices: CommitNotices
  readonly applyDetails: ApplyDetails
  /** A message was opened: its keys must be forgotten after the next write. */
  readonly opened: (message: OpenedMessage) => void
  /** A Welcome was used. */
  readonly welcomed: (conversationId: string, revision: number) => void
  /** Something about the group changed that may let commands go out. */
  readonly changed: (conversationId: string) => void
  readonly isClosed: () => boolean
  readonly retention: Pick<Retention, 'event' | 'facts'>
  readonly healing: Pick<DecryptionRecovery, 'note' | 'forget' | 'control'>
  /** When this device first sealed a message, if that is known. */
  readonly sealedFirst: (conversationId: string, messageId: string) => GroupEpoch | undefined
}

const messageTypes: ReadonlySet<string> = new Set(['MessageSent', 'MessageEdited', 'MessageReacted'])

const fromRecord = (record: Plaintext | undefined): DecryptedEvent => {
  if (record === undefined) return { before: [] }
  if ('deleted' in record) return { before: [] }
  if ('plaintext' in record) return { envelope: fromBase64(record.plaintext), before: [] }
  return { unreadable: record.unreadable, hidden: record.unreadable === 'tampered', before: [] }
}

const targetRevision = ({ data }: WireEvent): number | undefined => {
  const { target } = data
  const found = typeof target === 'object' && target !== null && 'revision' in target ? target.revision : undefined
  return typeof found === 'number' ? found : undefined
}

/** Processes one event of a conversation, in order, once. */
export const createApplyEvent = (deps: ApplyEventDeps) => {
  const { me, engine, book, plaintexts } = deps
  const inside = devicesIn(engine)

  /** What cannot be fetched now is fetched later: nothing after it can be read without it. */
  const patiently = async <Value>(step: () => Promise<Value>): Promise<Value> => {
    for (let attempt = 0; ; attempt += 1)
      try {
        return await step()
      } catch (thrown) {
        const error = toBackscrollError(thrown)
        if (deps.isClosed() || !error.temporary || thrown instanceof E2eeError) throw thrown
        await sleep(deps.clock, backoffMs(attempt, deps.random(), error.retryAfterMs))
      }
  }

  /** The server does not deliver what its own event names. */
  const withheld = (thrown: unknown): CommitOutcome => {
    if (deps.isClosed()) throw thrown
    return { seen: [], warning: { code: 'missing_commits', details: { reason: toBackscrollError(thrown).code } } }
  }

  const applyGroupEvent = async (group: Group, event: WireEvent): Promise<DecryptedEvent> => {
    deps.alongside(await deps.retention.event(event))
    followRoster(group, event, me.userId, inside)
    const changed = await patiently(() => deps.applyDeparture(group, event))
    // All messages of a deleted group are past their time.
    if (event.type === 'ConversationDeleted' && isDropped(group))
      deps.alongside(deps.retention.facts(group.conversationId, 0))
    const reset = await patiently(() => deps.applyReset(group, event))
    const details = await deps.applyDetails.event(event)
    if (event.type !== 'GroupCommitted') return { before: [...changed, ...reset, ...details] }
    const taken = await patiently(() => deps.applyCommit(group, event)).catch(withheld)
    group.claimed = undefined
    if (taken.welcomed) deps.welcomed(event.stream.id, event.revision)
    return { before: [...deps.commitNotices(event, taken), ...details] }
  }

  /** Content from an archive takes precedence over this device's failure to read it. */
  const keep = async (group: Group, event: WireEvent, record: Read): Promise<DecryptedEvent> => {
    const known = await plaintexts.get(event.stream.id, event.revision)
    if ('unreadable' in record && known !== undefined && !('unreadable' in known)) return fromRecord(known)
    const target = targetRevision(event)
    const dated = { ...record, at: event.at, ...(target !== undefined && { target }) }
    group.extra.push(...plaintexts.put(event.stream.id, event.revision, dated))
    return fromRecord(dated)
  }

  /** Commits are missing that others have: they are requested. */
  const strandedBy = (group: Group, event: WireEvent, message: OpenedMessage): readonly ClientEvent[] => {
    if (message.kind !== 'unreadable' || message.ahead === undefined || canJoin(group)) return []
    group.stranded = 'missing'
    deps.changed(group.conversationId)
    const details = { epoch: message.ahead }
    const { stream, revision } = event
    return [{ type: 'warning', code: 'missing_commits', conversationId: stream.id, revision, details }]
  }
  const tampered = ({ stream, revision }: WireEvent, message: OpenedMessage): readonly ClientEvent[] => {
    if (message.kind !== 'tampered') return []
    const { field } = message
    return [{ type: 'warning', code: 'tampered', conversationId: stream.id, revision, details: { field } }]
  }
  const openOthers = async (group: Group, event: WireEvent, ciphertext: string): Promise<DecryptedEvent> => {
    const message = await openMessage(engine, group, event, ciphertext)
    deps.opened(message)
    if (message.kind === 'unreadable') deps.healing.note(group, event, message.code)
    return {
      ...(await keep(group, event, recordOf(message))),
      before: [...tampered(event, message), ...strandedBy(group, event, message)],
    }
  }
  /** Devices that were in the group then may be told again what it said. */
  const sealedThen = ({ stream, data }: WireEvent) => {
    const first = deps.sealedFirst(stream.id, String(data.messageId))
    return first === undefined ? {} : { own: first }
  }
  const isMine = ({ actor }: WireEvent) => actor.userId === me.userId && actor.deviceId === me.deviceId

  const applyMessage = async (group: Group, event: WireEvent, own: string | undefined): Promise<DecryptedEvent> => {
    const { ciphertext } = event.data
    if (own !== undefined) return keep(group, event, { plaintext: own, ...sealedThen(event) })
    if (typeof ciphertext !== 'string') return { before: [] }
    return isMine(event) ? keep(group, event, { unreadable: 'not_mine' }) : openOthers(group, event, ciphertext)
  }

  const hear = async (group: Group, event: WireEvent, envelope: Uint8Array): Promise<readonly ClientEvent[]> => [
    ...(await deps.applyDetails.control(event, envelope)),
    ...(await deps.healing.control(group, event, envelope)),
  ]

  /** Not for people: its content is kept elsewhere. */
  const applyControl = async (group: Group, event: WireEvent, own: string | undefined): Promise<DecryptedEvent> => {
    const { ciphertext } = event.data
    if (own !== undefined) return { before: await deps.applyDetails.control(event, fromBase64(own)) }
    if (isMine(event) || typeof ciphertext !== 'string') return { before: [] }
    const message = await openMessage(engine, group, event, ciphertext)
    deps.opened(message)
    const said = message.kind === 'read' ? await hear(group, event, fromBase64(message.plaintext)) : []
    return {
      hidden: message.kind === 'tampered',
      before: [...tampered(event, message), ...strandedBy(group, event, message), ...said],
    }
  }

  const applyDeletion = async (group: Group, event: WireEvent): Promise<DecryptedEvent> => {
    const revision = targetRevision(event)
    if (revision === undefined) return { before: [] }
    group.extra.push(...(await plaintexts.erase(event.stream.id, revision)))
    deps.healing.forget(group, revision)
    return { before: [] }
  }

  const applyNewEvent = async (group: Group, event: WireEvent, own: string | undefined): Promise<DecryptedEvent> => {
    if (messageTypes.has(event.type)) {
      const decrypted = await applyMessage(group, event, own)
      if (decrypted.unreadable !== undefined) deps.changed(event.stream.id)
      return decrypted
    }
    if (event.type === 'MessageDeleted') return applyDeletion(group, event)
    if (event.type === 'ControlSent') {
      const decrypted = await applyControl(group, event, own)
      deps.changed(event.stream.id)
      return decrypted
    }
    const decrypted = await applyGroupEvent(group, event)
    deps.changed(event.stream.id)
    return decrypted
  }

  const unsignedRole = ({ conversationId }: Group, userId: string): ClientEvent => {
    const notice = { type: 'unsigned_change', change: 'role', userId } as const
    return { type: 'trust', conversationId, notice }
  }

  /**
   * Members, or a role, that an event stated, without the commit that lets them in. A device that cannot follow
   * commits cannot tell.
   */
  const unconfirmed = (group: Group, event: WireEvent): readonly ClientEvent[] => {
    const { claimed, roster } = group
    if (claimed === undefined || event.type === 'GroupCommitted') return []
    group.claimed = undefined
    if (canJoin(group)) return []
    const told = claimed.users.filter((user) => !roster.has(user))
    if (claimed.role !== undefined) return [unsignedRole(group, claimed.role.userId)]
    if (told.length === 0) return []
    const details = { told: told.join(), stated: '' }
    return [
      { type: 'warning', code: 'false_members', conversationId: event.stream.id, revision: event.revision, details },
    ]
  }

  /** And what the application is told about the members. */
  const applyAndReport = async (group: Group, event: WireEvent, own: string | undefined): Promise<DecryptedEvent> => {
    const told = unconfirmed(group, event)
    const isSame = sameMembers(group)
    const decrypted = await applyNewEvent(group, event, own)
    const members = isSame(group) ? [] : [membersEvent(group)]
    return { ...decrypted, before: [...told, ...decrypted.before, ...members] }
  }

  return async (event: WireEvent, own: string | undefined): Promise<DecryptedEvent> => {
    const group = book.of(event.stream.id)
    return book.inTurn(group, async () => {
      if (event.revision <= group.appliedRevision)
        return fromRecord(await plaintexts.get(event.stream.id, event.revision))
      const decrypted = await applyAndReport(group, event, own)
      group.appliedRevision = event.revision
      book.touch(group)
      return decrypted
    })
  }
}

export type ApplyEvent = ReturnType<typeof createApplyEvent>
