import type { Accepted } from '../commands/outbox-entry.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { CommandAnswer, CommandAnswers } from '../records/command-answers.ts'
import { deferred } from '../time/deferred.ts'
import type { Outbox } from './outbox.ts'

export interface AskedCommandsDeps {
  readonly outbox: Pick<Outbox, 'add' | 'waiting' | 'wait'>
  readonly answers: Pick<CommandAnswers, 'of'>
}

/** `stored`: nothing is lost from now on. */
type StartCommand = (stored: () => void) => Promise<Accepted>

export interface AskedCommands extends Pick<Outbox, 'add'> {
  /** A command that does not go into the outbox at once. */
  ask(conversationId: string, messageId: string, start: StartCommand): Promise<Accepted>
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

  const begin = (id: string, messageId: string, start: StartCommand) => {
    const { promise: stored, resolve } = deferred()
    const known = outbox.waiting(id).find((entry) => entry.messageId === messageId)
    if (known !== undefined) resolve()
    const done = known === undefined ? start(resolve) : outbox.wait(known)
    running.set(messageId, { stored, done })
    const end = () => running.delete(messageId)
    done.then(end, end)
    return { stored, done }
  }
  const ask = (id: string, messageId: string, onStored: () => void, start: StartCommand): Promise<Accepted> => {
    const answer = answers.of(messageId)
    if (answer !== undefined) {
      onStored()
      return outcomeOf(answer)
    }
    const { stored, done } = running.get(messageId) ?? begin(id, messageId, start)
    void stored.then(onStored)
    return done
  }
  return (onStored: () => void): AskedCommands => ({
    add: (id, messageId, command) =>
      ask(id, messageId, onStored, (stored) => outbox.add(id, messageId, command, { onStored: stored, isAsked: true })),
    ask: (id, messageId, start) => ask(id, messageId, onStored, start),
  })
}
