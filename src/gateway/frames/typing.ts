import type { ClientFrame, TypingActivity } from '@backscroll/protocol/client-frames'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { Commands } from '../../commands/commands.ts'
import { userId as toUserId } from '../../domain/ids.ts'
import type { Rosters } from '../../projections/sync/sync-service.ts'
import { frameText } from '../delivery/frame-texts.ts'
import type { SocketWrites } from '../delivery/socket-writes.ts'
import type { GatewayConfig } from '../gateway-config.ts'
import type { Registry } from '../sessions/local-sessions.ts'
import type { Session, TypingState } from '../sessions/session.ts'
import type { SessionReach } from '../sessions/session-reach.ts'
import { isOpen } from '../sessions/session-state.ts'
import type { TimerWheel } from '../sessions/timer-wheel.ts'
import type { Answers } from './frame-answers.ts'
import { sendEphemeral } from './send-ephemeral.ts'

type TypingFrame = Extract<ClientFrame, { type: 'typing_indicator' }>

export interface Typing {
  indicate(session: Session, frame: TypingFrame): void
  /** The session has ended, so it types nowhere. */
  forget(session: Session): void
}

export interface TypingDeps extends Pick<Commands, 'admit'> {
  readonly rosters: Rosters
  readonly registry: Registry
  readonly reach: SessionReach | undefined
  readonly outlet: SocketWrites
  readonly answers: Answers
  readonly wheel: TimerWheel
  readonly config: Pick<GatewayConfig, 'typingExpiryMs' | 'typingThrottleMs' | 'maxTyping'>
  readonly now: () => number
}

const asUser = ({ userId }: Session) => ({ userId: toUserId(userId) })

/** Typing [M6]: sent to the other members' live devices, never stored. It expires unless it is renewed. */
export const createTyping = (deps: TypingDeps): Typing => {
  const { admit, rosters, registry, reach, outlet, answers, wheel, config, now } = deps

  const audienceOf = async (session: Session, conversationId: string): Promise<readonly string[]> => {
    // A roster is as large as its conversation, so only a member may cause it to be loaded.
    if (session.typing?.get(conversationId)?.told === undefined) await admit(conversationId, asUser(session))
    const members = await rosters.members(conversationId)
    if (members?.includes(session.userId) !== true) throw new ProtocolError('not_found')
    return members
  }

  const tell = (
    session: Session,
    conversationId: string,
    typing: TypingActivity | undefined,
    members: readonly string[],
  ): void => {
    const { userId, deviceId } = session
    const what = typing !== undefined && typing !== 'typing' && { activity: typing }
    const who = { conversationId, userId, deviceId }
    const text = frameText({ type: 'typing_indicator', ...who, typing: typing !== undefined, ...what })
    const others = members.filter((member) => member !== userId)
    sendEphemeral(registry, outlet, others, text)
    reach?.pass(others, text)
  }

  const stop = (session: Session, conversationId: string, state: TypingState): void => {
    wheel.cancel(state)
    if (session.typing?.get(conversationId) === state) session.typing.delete(conversationId)
    if (session.typing?.size === 0) session.typing = undefined
  }

  /** The end is not sent if the user has left the conversation, or was never announced as typing. */
  const tellEnd = (session: Session, conversationId: string, state: TypingState): void => {
    stop(session, conversationId, state)
    if (state.told === undefined) return
    audienceOf(session, conversationId).then(
      (members) => tell(session, conversationId, undefined, members),
      () => undefined,
    )
  }

  const create = (session: Session, conversationId: string): TypingState => {
    const state: TypingState = {
      wanted: undefined,
      told: undefined,
      toldAt: 0,
      slot: undefined,
      due: () => {
        tellEnd(session, conversationId, state)
        return undefined
      },
    }
    session.typing ??= new Map()
    session.typing.set(conversationId, state)
    return state
  }

  const stateOf = (session: Session, conversationId: string): TypingState => {
    const known = session.typing?.get(conversationId)
    if (known !== undefined) return known
    if ((session.typing?.size ?? 0) >= config.maxTyping) throw tooMany
    return create(session, conversationId)
  }

  const tooMany = new ProtocolError('rate_limited', undefined, { retryAfterMs: config.typingExpiryMs })

  /** Only the newest request counts, however long the roster took to load. */
  const settle = (session: Session, conversationId: string, state: TypingState, members: readonly string[]): void => {
    if (!isOpen(session.state)) return
    const { wanted } = state
    if (wanted === undefined) stop(session, conversationId, state)
    const throttled = wanted !== undefined && now() - state.toldAt < config.typingThrottleMs
    if (state.told === wanted && (throttled || wanted === undefined)) return
    state.told = wanted
    state.toldAt = now()
    tell(session, conversationId, wanted, members)
  }

  const change = async (session: Session, { conversationId, typing, activity }: TypingFrame): Promise<void> => {
    const state = stateOf(session, conversationId)
    state.wanted = typing ? (activity ?? 'typing') : undefined
    if (typing) wheel.schedule(state, config.typingExpiryMs)
    try {
      settle(session, conversationId, state, await audienceOf(session, conversationId))
    } catch (error) {
      stop(session, conversationId, state)
      throw error
    }
  }

  return {
    indicate: (session, frame) => {
      change(session, frame).then(
        () => answers.ok(session, frame.id, '{}'),
        (error) => answers.fail(session, frame.id, error),
      )
    },
    forget: (session) => {
      for (const [conversationId, state] of session.typing ?? []) tellEnd(session, conversationId, state)
    },
  }
}
