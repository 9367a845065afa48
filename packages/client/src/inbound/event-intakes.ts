import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { DecryptingDelivery } from '../protection/decrypting-delivery.ts'
import { createStreamIntake } from '../sync/stream-intake.ts'
import { judge, judgeAccount, type Source, type Tracked } from '../sync/stream-tracker.ts'

export interface EventIntakesDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly streams: ReadonlyMap<string, Tracked>
  /** The user's own stream. */
  readonly account: Tracked | undefined
  readonly delivery: Pick<DecryptingDelivery, 'event' | 'notice'>
  /** The envelope of an event that this device made, if it still has it. */
  readonly ownEnvelope: (event: WireEvent) => string | undefined
  /** An event that this device made. */
  readonly onOwn: (event: WireEvent) => void
  /** An event of a conversation is on its way to the application. */
  readonly onPassed: (event: WireEvent) => void
  /** Events lack a predecessor. */
  readonly onGap: () => void
  readonly onError: (thrown: unknown) => void
}

/** Puts the events of all streams in order, and passes each on once. */
export const createEventIntakes = (deps: EventIntakesDeps) => {
  const { me, delivery, onGap } = deps
  /** Conversations in the store, so that a snapshot can delete those that it does not name. */
  let stored = new Set(deps.streams.keys())

  const isOwn = ({ actor }: WireEvent) => actor.userId === me.userId && actor.deviceId === me.deviceId
  const passOn = (event: WireEvent, tracked: Tracked) => {
    delivery.event(event, tracked, isOwn(event) ? deps.ownEnvelope(event) : undefined)
    stored.add(event.stream.id)
    // It is on its way, and must not come again because of what others make of it.
    try {
      deps.onPassed(event)
      if (isOwn(event)) deps.onOwn(event)
    } catch (thrown) {
      deps.onError(thrown)
    }
  }
  const conversations = createStreamIntake({
    judge: (tracked, event, source) => judge(tracked, event, source, me.userId),
    streams: deps.streams,
    pass: passOn,
    onGap,
    onSkipped: (conversationId, after, before) => delivery.notice({ type: 'gap', conversationId, after, before }),
  })
  const account = createStreamIntake({
    judge: judgeAccount,
    streams: new Map(deps.account === undefined ? [] : [[me.userId, deps.account]]),
    pass: (event, tracked) => delivery.event(event, tracked, undefined),
    onGap,
    onSkipped: () => {},
  })
  return {
    offer: (event: WireEvent, source: Source) =>
      (event.stream.kind === 'conversation' ? conversations : account).offer(event, source),
    known: conversations.known,
    /** Events wait for missing predecessors. */
    isWaiting: () => conversations.waiting() || account.waiting(),
    /** The predecessors cannot be had: what waits for them is passed on. */
    giveUp: () => {
      conversations.force()
      account.force()
    },
    /** A snapshot says where everything is. Answers the conversations that are gone. */
    reset: (streams: ReadonlyMap<string, Tracked>): readonly string[] => {
      const gone = [...stored].filter((id) => !streams.has(id))
      stored = new Set(streams.keys())
      conversations.reset(streams)
      account.reset(new Map())
      return gone
    },
  }
}
