import { encodeConversationEvents } from '../../src/codec/conversation-codec.ts'
import type { ConversationCommand } from '../../src/domain/conversation/conversation-commands.ts'
import { decide } from '../../src/domain/conversation/conversation-decider.ts'
import type { ConversationState } from '../../src/domain/conversation/conversation-state.ts'
import { evolve, initialState } from '../../src/domain/conversation/conversation-state.ts'
import type { GroupBeginning } from '../../src/domain/conversation/groups/group.ts'
import { deviceId, messageId, userId } from '../../src/domain/ids.ts'
import { conversationStream } from '../../src/domain/stream-names.ts'
import type { NewEvent } from '../../src/ports/event-log.ts'
import { ciphertextOf } from '../load/ciphertext.ts'

/** Events, and the revision that they follow. */
export interface SeededMessage {
  readonly events: readonly NewEvent[]
  readonly expected: number
}

/** A conversation whose events are made by the domain and the codec, to be put into a log without a server. */
export interface ConversationSeed {
  readonly stream: string
  /** The events of the next message, in turn by each member. */
  message(): SeededMessage
  start(): readonly NewEvent[]
}

/** Where the encryption group of every seeded conversation is: its first commit has added everybody. */
export const seededPlace = { generation: 0, epoch: 1 }

/** Events of a start: the conversation, and its encryption group. */
export const eventsOfStart = 2

/** Seeded conversations have ids of their own. */
export const seededId = (index: number): string => `5eed0000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`

let messages = 0
const nextMessageId = () => {
  messages += 1
  return messageId(`5eed0000-0000-7000-8000-${messages.toString(16).padStart(12, '0')}`)
}

/** In no blob store: nobody asks for it. */
const blob = { hash: 'b'.repeat(64), size: 1 }
const refs = { commit: blob, welcome: blob, groupInfo: blob }

/** The encryption group with everybody's device. */
const groupOf = (others: readonly string[]): GroupBeginning => {
  const addDevices = others.map((user) => ({ userId: userId(user), deviceId: deviceId('phone') }))
  const proposals = { adds: addDevices, removes: [], others: 0, externalInit: false, path: undefined }
  const facts = { generation: 0, epoch: 0, sender: 0, addUsers: [], ...proposals }
  return { addDevices, commit: { facts, groupInfo: seededPlace, welcomed: others.length, refs } }
}

const clock = { now: Date.UTC(2026, 0, 1) }

export const seedConversation = (index: number, users: readonly string[]): ConversationSeed => {
  const state: ConversationState = initialState()
  const last = new Map<string, number>()
  const ciphertext = ciphertextOf(seededId(index), seededPlace.epoch)
  let turn = 0
  let revision = -1

  const accepted = (command: ConversationCommand, body: string | null): readonly NewEvent[] => {
    const decision = decide(state, command)
    if (decision.kind !== 'accepted') throw new Error(`the seed was refused: ${JSON.stringify(decision)}`)
    for (const event of decision.events) evolve(state, event)
    revision += decision.events.length
    return encodeConversationEvents(decision.events, body)
  }

  const numbered = (user: string) => {
    const after = last.get(user) ?? 0
    last.set(user, after + 1)
    clock.now += 1
    const actor = { userId: userId(user), deviceId: deviceId('phone') }
    return { actor, at: clock.now, clientSeq: after + 1, afterClientSeq: after }
  }

  return {
    stream: conversationStream(seededId(index)),
    start: () => {
      const [owner = '', ...others] = users
      const [members, group] = [others.map(userId), groupOf(others)]
      return accepted({ type: 'StartGroup', ...numbered(owner), members, group }, null)
    },
    message: () => {
      turn += 1
      const sender = users[turn % users.length] ?? ''
      const message = { messageId: nextMessageId(), encrypted: seededPlace }
      const expected = revision
      const events = accepted({ type: 'SendMessage', ...numbered(sender), ...message }, ciphertext)
      return { events, expected }
    },
  }
}
