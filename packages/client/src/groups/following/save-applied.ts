import type { Directory } from '../../rest/mls-directory.ts'
import type { DeferredChanges } from '../../stores/deferred-changes.ts'
import type { GroupBook } from '../state/group-book.ts'
import { forgetSpent, type OpenedMessage } from './decrypt-message.ts'

export interface SaveAppliedDeps {
  readonly book: Pick<GroupBook, 'saveAll'>
  readonly deferred: DeferredChanges
  readonly directory: Pick<Directory, 'acknowledgeWelcome'>
  readonly onError: (thrown: unknown) => void
}

/**
 * Stores what was received. The keys of messages are forgotten, and used Welcomes deleted at the server, only after
 * that.
 */
export const createSaveApplied = ({ book, deferred, directory, onError }: SaveAppliedDeps) => {
  let opened: OpenedMessage[] = []
  let welcomed: { readonly conversationId: string; readonly revision: number }[] = []
  return {
    opened: (message: OpenedMessage) => void opened.push(message),
    welcomed: (conversationId: string, revision: number) => void welcomed.push({ conversationId, revision }),
    save: async () => {
      const [messages, welcomes] = [opened, welcomed]
      opened = []
      welcomed = []
      await book.saveAll(deferred.take())
      forgetSpent(messages)
      for (const { conversationId, revision } of welcomes)
        directory.acknowledgeWelcome(conversationId, revision).catch(onError)
    },
  }
}
