import type { ErrorCode } from '@backscroll/protocol/errors'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { encryptedPlace } from '../../../../src/commands/rules/encrypted-epoch.ts'
import type { ConversationCommand, SendMessage } from '../../../../src/domain/conversation/conversation-commands.ts'
import { decide } from '../../../../src/domain/conversation/conversation-decider.ts'
import type { ConversationEvent } from '../../../../src/domain/conversation/conversation-events.ts'
import { type ConversationState, evolve, initialState } from '../../../../src/domain/conversation/conversation-state.ts'

/** What became of a command: its event, or why there is none. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly event: WireEvent; readonly duplicate: boolean }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly details: Record<string, string | number> }

export interface ModelLog {
  /** Decides with the real domain; new events are appended and passed to `onAppend` after the outcome is known. */
  execute(conversationId: string, command: ConversationCommand, ciphertext: string | null): Outcome
  readonly events: readonly WireEvent[]
  stream(conversationId: string): readonly WireEvent[]
}

const withBody: ReadonlySet<string> = new Set(['MessageSent', 'MessageEdited', 'MessageReacted', 'ControlSent'])

/** The whole write side in memory. Checkpoints are counts of events. */
export const createModelLog = (onAppend: (event: WireEvent) => void): ModelLog => {
  const states = new Map<string, ConversationState>()
  const events: WireEvent[] = []
  const stream = (id: string) => events.filter((event) => event.stream.id === id)

  const append = (
    id: string,
    state: ConversationState,
    event: ConversationEvent,
    ciphertext: string | null,
  ): WireEvent => {
    const { type, at, actor, data } = event
    evolve(state, event)
    const body = withBody.has(type) ? { ciphertext } : {}
    const wire: WireEvent = {
      stream: { kind: 'conversation', id },
      revision: state.revision,
      position: String(events.length + 1),
      type,
      at,
      actor: { ...actor },
      data: { ...structuredClone(data), ...body },
    }
    events.push(wire)
    return wire
  }

  /** As the command handler does it: reads the event that a relation points to. */
  const withTarget = (id: string, command: ConversationCommand): ConversationCommand => {
    if (command.type !== 'SendMessage' || command.relatesTo === undefined) return command
    const { relatesTo } = command
    const found = stream(id)[relatesTo.revision]
    const known = found !== undefined && found.data.messageId === relatesTo.messageId && found.type === 'MessageSent'
    if (!known) return command
    const target = {
      messageId: relatesTo.messageId,
      revision: found.revision,
      seq: Number(found.data.seq),
      sender: command.actor.userId,
      kind: 'message' as const,
      deleted: false,
    }
    return { ...command, relatesTo: { ...relatesTo, target } } satisfies SendMessage
  }

  const withPlace = (id: string, command: ConversationCommand, ciphertext: string | null): ConversationCommand => {
    const encrypted = ciphertext === null ? undefined : encryptedPlace(id, ciphertext)
    return command.type === 'SendMessage' && encrypted !== undefined ? { ...command, encrypted } : command
  }

  const execute = (id: string, command: ConversationCommand, ciphertext: string | null): Outcome => {
    const state = states.get(id) ?? initialState()
    states.set(id, state)
    const decision = decide(state, withPlace(id, withTarget(id, command), ciphertext))
    if (decision.kind === 'rejected') {
      const { code, details = {} } = decision.rejection
      return { kind: 'refused', code, details }
    }
    if (decision.kind === 'repeat') {
      const original = stream(id).find(
        ({ actor, data }) =>
          data.clientSeq === command.clientSeq &&
          actor.userId === command.actor.userId &&
          actor.deviceId === command.actor.deviceId,
      )
      if (original === undefined) return { kind: 'refused', code: 'client_seq_conflict', details: {} }
      return { kind: 'accepted', event: original, duplicate: true }
    }
    const appended = decision.events.map((event) => append(id, state, event, ciphertext))
    const event = appended.find(({ data }) => data.clientSeq === command.clientSeq)
    if (event === undefined) throw new Error('an accepted command has an event')
    for (const one of appended) onAppend(one)
    return { kind: 'accepted', event, duplicate: false }
  }

  return { execute, events, stream }
}
