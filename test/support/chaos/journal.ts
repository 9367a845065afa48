import type { ClientEvent } from '../../../packages/client/src/events/client-events.ts'
import type { ConversationClientEvent } from '../../../packages/client/src/events/conversation-event.ts'
import { logOfNumber } from '../../../src/event-log/positions.ts'

interface Seen {
  readonly revision: number
  readonly event: ConversationClientEvent['event']
  readonly plaintext: string | undefined
}

/**
 * What an application on one device has stored of what the SDK handed over, and every breach of the SDK's promise that it noticed on the way:
 * each event once and in order within a life of the process, and after a crash at most the same ones again.
 */
export interface Journal {
  readonly take: (event: ClientEvent) => void
  /** A new process begins; what was stored stays. `afterCrash`: the last life did not end with `close`. */
  begin(afterCrash: boolean): void
  readonly of: (conversationId: string) => readonly Seen[]
  readonly conversations: () => readonly string[]
  /** Everything up to this revision came with a snapshot; -1 if nothing did. */
  readonly base: (conversationId: string) => number
  readonly failed: ReadonlyMap<string, string>
  /** `<conversationId>/<userId>/<deviceId>` -> the newest read watermark told. */
  readonly reads: ReadonlyMap<string, number>
  readonly breaches: readonly string[]
  /** Whether the event at a position was in its log when the newest snapshot came. */
  readonly wasBeforeSnapshot: (position: number) => boolean
}

const textOf = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : new TextDecoder().decode(bytes))

/** `logHeads`: of each log the position of its last event, now. */
export const createJournal = (name: string, logHeads: () => Promise<readonly number[]>): Journal => {
  const logs = new Map<string, Seen[]>()
  const bases = new Map<string, number>()
  const failed = new Map<string, string>()
  const reads = new Map<string, number>()
  const breaches: string[] = []
  let lastOfLife = new Map<string, number>()
  let mayRepeat = false
  let snapshotAt: readonly number[] = []

  const breach = (what: string) => breaches.push(`${name}: ${what}`)

  const repeated = (known: Seen, id: string, seen: Seen) => {
    if (!mayRepeat) breach(`${id}@${seen.revision} came again without a crash`)
    if (known.event.type !== seen.event.type) breach(`${id}@${seen.revision} came again as ${seen.event.type}`)
  }
  const takeEvent = ({ conversationId: id, event, plaintext }: ConversationClientEvent) => {
    const seen = { revision: event.revision, event, plaintext: textOf(plaintext) }
    const log = logs.get(id) ?? []
    logs.set(id, log)
    const last = lastOfLife.get(id) ?? -1
    if (seen.revision <= last) breach(`${id}@${seen.revision} came after @${last}`)
    lastOfLife.set(id, seen.revision)
    const known = log.find(({ revision }) => revision === seen.revision)
    if (known !== undefined) return repeated(known, id, seen)
    if (seen.revision <= (bases.get(id) ?? -1)) return breach(`${id}@${seen.revision} was in the snapshot already`)
    const newest = log.at(-1)?.revision ?? -1
    if (seen.revision < newest) breach(`${id}@${seen.revision} came later than @${newest} of an earlier life`)
    log.push(seen)
  }
  const takeSnapshot = ({ conversations, first }: Extract<ClientEvent, { type: 'snapshot' }>) => {
    if (first) {
      void logHeads().then((positions) => {
        snapshotAt = positions
      })
      logs.clear()
      bases.clear()
      lastOfLife = new Map()
    }
    for (const { conversation, revision } of conversations) bases.set(conversation.conversationId, revision)
  }
  const takeReceipt = ({ receipt }: Extract<ClientEvent, { type: 'receipt' }>) => {
    const { conversationId, userId, deviceId, read = 0 } = receipt
    const key = `${conversationId}/${userId}/${deviceId}`
    reads.set(key, Math.max(reads.get(key) ?? 0, read))
  }

  return {
    take: (event) => {
      if (event.type === 'snapshot') takeSnapshot(event)
      else if (event.type === 'receipt') takeReceipt(event)
      else if (event.type === 'failed') failed.set(event.messageId, event.code)
      else if (event.type === 'gap') breach(`${event.conversationId} misses ${event.after}..${event.before}`)
      else if (event.type === 'warning') breach(`warned of ${JSON.stringify(event)}`)
      else if ('event' in event) takeEvent(event)
    },
    begin: (afterCrash) => {
      lastOfLife = new Map()
      mayRepeat = afterCrash
    },
    of: (id) => logs.get(id) ?? [],
    conversations: () => [...logs.keys()],
    base: (id) => bases.get(id) ?? -1,
    failed,
    reads,
    breaches,
    wasBeforeSnapshot: (position) => position <= (snapshotAt[logOfNumber(position)] ?? 0),
  }
}
