import { ownEvent } from '../commands/event-from-command.ts'
import type { Failure, OutboxEntry } from '../commands/outbox-entry.ts'
import type { Changes, Delivery } from '../delivery/delivery-queue.ts'
import type { OwnEnvelopes } from '../delivery/own-envelopes.ts'
import type { Inbound } from '../inbound/inbound-pipeline.ts'
import type { OutboxDeps } from '../outbox/outbox.ts'
import type { Protection } from '../protection/protection.ts'
import { entryRemoved } from '../records/client-records.ts'
import type { UnsentBook } from '../views/unsent-book.ts'

export interface OutcomeReporterDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly protection: Pick<Protection, 'accepted'>
  readonly envelopes: Pick<OwnEnvelopes, 'keep'>
  readonly inbound: Pick<Inbound, 'own'>
  readonly delivery: Pick<Delivery, 'notice' | 'write'>
  readonly unsent: Pick<UnsentBook, 'failed'>
}

/** Reports what became of a command of the outbox, to the rest of the client and to the application. */
export interface OutcomeReporter {
  readonly accepted: OutboxDeps['onAccepted']
  failed(entry: OutboxEntry, failure: Failure): void
  /** The files of a message could not be uploaded: the message stays with them. */
  uploadFailed(entry: OutboxEntry, failure: Failure, told: Changes): void
  /** For commands that failed in an earlier life of the client, which ended before it could report them. */
  failedBefore(entries: readonly OutboxEntry[]): void
}

export const createOutcomeReporter = (deps: OutcomeReporterDeps): OutcomeReporter => {
  const { me, protection, envelopes, inbound, delivery, unsent } = deps

  const tell = (entry: OutboxEntry, { code, message, details }: Failure, told: Changes) => {
    const { conversationId, messageId, clientSeq } = entry
    delivery.notice({ type: 'failed', conversationId, messageId, clientSeq, code, message, details })
    delivery.write(told)
  }
  const failed = (entry: OutboxEntry, { code, message, details }: Failure) => {
    const kept = unsent.failed(entry, { code, message, details })
    tell(entry, { code, message, details }, () => [...entryRemoved(entry), ...kept])
  }
  return {
    accepted: (entry, { result, ciphertext }, forget) => {
      const { command, conversationId } = entry
      protection.accepted(entry)
      const event = command.kind === 'message' ? ownEvent(entry, command, result, ciphertext, me) : undefined
      const forgetAll = envelopes.keep(entry, forget)
      inbound.own(conversationId, result.revision, event, result.duplicate, forgetAll)
    },
    failed,
    uploadFailed: tell,
    failedBefore: (entries) => {
      for (const entry of entries) failed(entry, entry.failed ?? { code: 'internal', message: '' })
    },
  }
}
