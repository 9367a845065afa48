import { encodeConversationEvents } from '../../src/codec/conversation-codec.ts'
import type { ConversationCommand } from '../../src/domain/conversation/commands.ts'
import { decide } from '../../src/domain/conversation/decider.ts'
import type { ConversationState } from '../../src/domain/conversation/state.ts'
import { evolve, initialState } from '../../src/domain/conversation/state.ts'
import { deviceId, messageId, userId } from '../../src/domain/ids.ts'
import type { NewEvent } from '../../src/ports/event-log.ts'
import { payload } from '../load/connection.ts'

/** A conversation whose events are made by the domain and the codec, to be put into a log without a server. */
export interface ConversationSeed {
  readonly stream: string
  /** The events of the next message, in turn by each member. */
  message(): readonly NewEvent[]
  start(): readonly NewEvent[]
}

/** Seeded conversations have ids of their own. */
export const seededId = (index: number): string => `5eed0000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`

let messages = 0
const nextMessageId = () => {
  messages += 1
  return messageId(`5eed0000-0000-7000-8000-${messages.toString(16).padStart(12, '0')}`)
}

const clock = { now: Date.UTC(2026, 0, 1) }

export const seedConversation = (index: number, members: readonly string[]): ConversationSeed => {
  const state: ConversationState = initialState()
  const last = new Map<string, number>()
  let turn = 0

  const accepted = (command: ConversationCommand): readonly NewEvent[] => {
    const decision = decide(state, command)
    if (decision.kind !== 'accepted') throw new Error(`the seed was refused: ${JSON.stringify(decision)}`)
    for (const event of decision.events) evolve(state, event)
    return encodeConversationEvents(decision.events, payload)
  }

  const numbered = (user: string) => {
    const after = last.get(user) ?? 0
    last.set(user, after + 1)
    clock.now += 1
    const actor = { userId: userId(user), deviceId: deviceId('phone') }
    return { actor, at: clock.now, clientSeq: after + 1, afterClientSeq: after }
  }

  return {
    stream: `conversation-${seededId(index)}`,
    start: () => {
      const [owner = '', ...others] = members
      return accepted({ type: 'StartGroup', ...numbered(owner), members: others.map(userId) })
    },
    message: () => {
      turn += 1
      const sender = members[turn % members.length] ?? ''
      return accepted({ type: 'SendMessage', ...numbered(sender), messageId: nextMessageId() })
    },
  }
}
