import type { WireEvent } from '../../protocol/server-frames.ts'
import { backoffMs } from '../backoff.ts'
import { toBackscrollError } from '../backscroll-error.ts'
import { fromBase64 } from '../base64.ts'
import type { ClientEvent } from '../client-events.ts'
import { sleep } from '../clock.ts'
import { E2eeError } from '../e2ee/e2ee-error.ts'
import type { Opened } from '../opened.ts'
import { devicesIn, followRoster } from './follow-roster.ts'
import type { Group } from './group.ts'
import type { GroupContext } from './group-context.ts'
import { type OpenedMessage, openMessage, recordOf } from './open-message.ts'
import type { Plaintext } from './plaintexts.ts'
import type { TakeCommit, TakenCommit } from './take-commit.ts'
import type { TakeDetails } from './take-details.ts'

export interface TakeEventDeps extends GroupContext {
  readonly takeCommit: TakeCommit
  readonly takeDetails: TakeDetails
  /** A message was opened: its keys are to be forgotten after the next write. */
  readonly opened: (message: OpenedMessage) => void
  /** A Welcome was used. */
  readonly welcomed: (conversationId: string, revision: number) => void
  /** Something about the group changed that may let commands go out. */
  readonly changed: (conversationId: string) => void
  readonly isClosed: () => boolean
}

const messageTypes: ReadonlySet<string> = new Set(['MessageSent', 'MessageEdited', 'MessageReacted'])

const fromRecord = (record: Plaintext | undefined): Opened => {
  if (record === undefined) return { before: [] }
  if ('plaintext' in record) return { envelope: fromBase64(record.plaintext), before: [] }
  return { unreadable: record.unreadable, hidden: record.unreadable === 'tampered', before: [] }
}

const targetRevision = ({ data }: WireEvent): number | undefined => {
  const { target } = data
  const found = typeof target === 'object' && target !== null && 'revision' in target ? target.revision : undefined
  return typeof found === 'number' ? found : undefined
}

/** Takes in one event of a conversation, in order, once. */
export const createTakeEvent = (deps: TakeEventDeps) => {
  const { me, engine, book, plaintexts, trust } = deps
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

  const toldOf = (event: WireEvent, { seen, warning }: TakenCommit): readonly ClientEvent[] => {
    const conversationId = event.stream.id
    const offered = warning?.code === 'identity_changed' && warning.details.identityKey !== undefined
    const noted = offered
      ? trust.offered(String(warning.details.userId), String(warning.details.identityKey))
      : trust.see(seen)
    deps.alongside(noted.changes)
    const notices = noted.notices.map((notice): ClientEvent => ({ type: 'trust', conversationId, notice }))
    if (warning === undefined) return notices
    return [...notices, { type: 'warning', ...warning, conversationId, revision: event.revision }]
  }

  /** The server does not give out what its own event names. */
  const withheld = (thrown: unknown): TakenCommit => {
    if (deps.isClosed()) throw thrown
    return { seen: [], warning: { code: 'missing_commits', details: { reason: toBackscrollError(thrown).code } } }
  }

  const takeGroupEvent = async (group: Group, event: WireEvent): Promise<Opened> => {
    followRoster(group, event, me.userId, inside)
    const details = await deps.takeDetails.event(event)
    if (event.type !== 'GroupCommitted') return { before: details }
    const taken = await patiently(() => deps.takeCommit(group, event)).catch(withheld)
    if (taken.welcomed) deps.welcomed(event.stream.id, event.revision)
    return { before: [...toldOf(event, taken), ...details] }
  }

  const keep = (group: Group, event: WireEvent, record: Plaintext): Opened => {
    group.extra.push(plaintexts.put(event.stream.id, event.revision, record))
    return fromRecord(record)
  }

  const tampered = ({ stream, revision }: WireEvent, message: OpenedMessage): readonly ClientEvent[] => {
    if (message.kind !== 'tampered') return []
    const { field } = message
    return [{ type: 'warning', code: 'tampered', conversationId: stream.id, revision, details: { field } }]
  }
  const openOthers = async (group: Group, event: WireEvent, ciphertext: string): Promise<Opened> => {
    const message = await openMessage(engine, group, event, ciphertext)
    deps.opened(message)
    return { ...keep(group, event, recordOf(message)), before: tampered(event, message) }
  }
  const isMine = ({ actor }: WireEvent) => actor.userId === me.userId && actor.deviceId === me.deviceId

  const takeMessage = async (group: Group, event: WireEvent, own: string | undefined): Promise<Opened> => {
    const { ciphertext } = event.data
    if (own !== undefined) return keep(group, event, { plaintext: own })
    if (typeof ciphertext !== 'string') return { before: [] }
    return isMine(event) ? keep(group, event, { unreadable: 'not_mine' }) : openOthers(group, event, ciphertext)
  }

  /** Not for people: what it says is kept elsewhere. */
  const takeControl = async (group: Group, event: WireEvent, own: string | undefined): Promise<Opened> => {
    const { ciphertext } = event.data
    if (own !== undefined) return { before: await deps.takeDetails.control(event, fromBase64(own)) }
    if (isMine(event) || typeof ciphertext !== 'string') return { before: [] }
    const message = await openMessage(engine, group, event, ciphertext)
    deps.opened(message)
    const said = message.kind === 'read' ? await deps.takeDetails.control(event, fromBase64(message.plaintext)) : []
    return { hidden: message.kind === 'tampered', before: [...tampered(event, message), ...said] }
  }

  const takeDeletion = (group: Group, event: WireEvent): Opened => {
    const revision = targetRevision(event)
    if (revision !== undefined) group.extra.push(...plaintexts.drop(event.stream.id, revision))
    return { before: [] }
  }

  const takeNew = async (group: Group, event: WireEvent, own: string | undefined): Promise<Opened> => {
    if (messageTypes.has(event.type)) {
      const opened = await takeMessage(group, event, own)
      if (opened.unreadable === 'no_group') deps.changed(event.stream.id)
      return opened
    }
    if (event.type === 'MessageDeleted') return takeDeletion(group, event)
    if (event.type === 'ControlSent') {
      const opened = await takeControl(group, event, own)
      deps.changed(event.stream.id)
      return opened
    }
    const opened = await takeGroupEvent(group, event)
    deps.changed(event.stream.id)
    return opened
  }

  return async (event: WireEvent, own: string | undefined): Promise<Opened> => {
    const group = book.of(event.stream.id)
    return book.inTurn(group, async () => {
      if (event.revision <= group.opened) return fromRecord(plaintexts.get(event.stream.id, event.revision))
      const opened = await takeNew(group, event, own)
      group.opened = event.revision
      book.touch(group)
      return opened
    })
  }
}

export type TakeEvent = ReturnType<typeof createTakeEvent>
