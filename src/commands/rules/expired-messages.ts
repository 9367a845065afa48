import { decodeConversationEvent } from '../../codec/conversation-codec.ts'
import type { ExpireMessages } from '../../domain/conversation/conversation-commands.ts'
import type { ConversationState } from '../../domain/conversation/conversation-state.ts'
import { expiredAtOnce, expiredBefore } from '../../domain/conversation/expiry.ts'
import { isExpiring } from '../../domain/event-types.ts'
import type { StreamReader } from '../../event-log/event-logs.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'

/** Bodies are read too, although nothing uses them. */
const sliceBytes = 1024 * 1024

interface Passed {
  upTo: number
  /** The time of the event there. */
  since: number
  newest: number
  lastSeq: number
  messages: number
}

const pass = (passed: Passed, recorded: RecordedEvent): void => {
  passed.upTo = recorded.revision
  passed.since = recorded.at
  if (!isExpiring(recorded.type)) return
  passed.messages += 1
  passed.newest = Math.max(passed.newest, recorded.at)
  const event = decodeConversationEvent(recorded)
  if (event.type === 'MessageSent') passed.lastSeq = event.data.seq
}

/**
 * The messages past their retention that follow those which have expired already, up to the first message that is
 * not: read from the log, a limited number of events. Undefined when there are none.
 */
export const expiredMessages = async (
  log: StreamReader,
  stream: string,
  { retentionSeconds, expiredUpTo }: Pick<ConversationState, 'retentionSeconds' | 'expiredUpTo'>,
  at: number,
): Promise<ExpireMessages | undefined> => {
  const before = expiredBefore(retentionSeconds, at)
  const from = expiredUpTo + 1
  const end = from + expiredAtOnce
  const passed: Passed = { upTo: expiredUpTo, since: at, newest: Number.NEGATIVE_INFINITY, lastSeq: 0, messages: 0 }
  const found = (since: number): ExpireMessages | undefined => {
    const { messages, ...facts } = { ...passed, since }
    const isWorthAnEvent = messages > 0 || facts.upTo + 1 === end
    return isWorthAnEvent ? { type: 'ExpireMessages', at, from, ...facts } : undefined
  }
  while (passed.upTo + 1 < end) {
    const next = passed.upTo + 1
    const slice = await log.readStream({
      ...{ stream, from: next, limit: end - next, maxBytes: sliceBytes },
      withoutBodies: true,
    })
    for (const event of slice) {
      if (isExpiring(event.type) && event.at >= before) return found(event.at)
      pass(passed, event)
    }
    if (slice.length === 0) return found(at)
  }
  return found(Math.min(at, passed.since))
}
