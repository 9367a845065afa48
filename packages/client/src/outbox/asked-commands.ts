import type { Accepted } from '../commands/outbox-entry.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { CommandAnswer, CommandAnswers } from '../records/command-answers.ts'
import { deferred } from '../time/deferred.ts'
import type { Outbox } from './outbox.ts'

export interface AskedCommandsDeps {
  readonly outbox: Pick<Outbox, 'add' | 'waiting' | 'wait'>
  readonly answers: Pick<CommandAnswers, 'of'>
}

const outcomeOf = async ({ result, failure }: CommandAnswer): Promise<Accepted> => {
  if (result !== undefined) return result
  const { code = 'internal', ...facts } = failure ?? {}
  throw new BackscrollError(code, facts)
}

/**
 * Takes commands whose caller does not know whether it has asked before: one id, one effect, also over restarts. `stored`: nothing
 * is lost from now on.
 */
export const createAskedCommands = ({ outbox, answers }: AskedCommandsDeps) => {
  const running = new Map<string, { readonly stored: Promise<void>; readonly done: Promise<Accepted> }>()

  const begin = (id: string, messageId: string, command: Parameters<Outbox['add']>[2]) => {
    const { promise: stored, resolve } = deferred()
    const known = outbox.waiting(id).find((entry) => entry.messageId === messageId)
    if (known !== undefined) resolve()
    const done = known === undefined ? outbox.add(id, messageId, command, resolve) : outbox.wait(known)
    running.set(messageId, { stored, done })
    const end = () => running.delete(messageId)
    done.then(end, end)
    return { stored, done }
  }
  return (onStored: () => void): Pick<Outbox, 'add'> => ({
    add: (id, messageId, command) => {
      const answer = answers.of(messageId)
      if (answer !== undefined) {
        onStored()
        return outcomeOf(answer)
      }
      const { stored, done } = running.get(messageId) ?? begin(id, messageId, command)
      void stored.then(onStored)
      return done
    },
  })
}
