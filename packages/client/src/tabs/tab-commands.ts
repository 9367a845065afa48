import type { SendResult } from '@backscroll/protocol/server-frames'
import type { ClientCommands, SendOptions } from '../api/client-commands.ts'
import { toBase64 } from '../encoding/base64.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import { type Deferred, deferred } from '../time/deferred.ts'
import type { Ask } from './tab-messages.ts'

/** The most ids that one command needs: its own, a conversation's, and a message's for a key. */
const idsOfOne = 3

interface Open extends Deferred<unknown> {
  readonly ask: Ask
  isStored: boolean
}

export interface TabCommandsDeps {
  readonly newId: () => string
  readonly newTextKey: () => Uint8Array
  /** Sends the command to the leader, if there is one. */
  readonly send: (ask: Ask) => void
  /** Tells the leader that it may forget the answers to these ids. */
  readonly answered: (ids: readonly string[]) => void
}

/** This tab's commands, from the application's call to their outcome, whichever tab leads meanwhile. */
export interface TabCommands {
  readonly commands: ClientCommands
  /** Repeats all open commands at a new leader, with the same ids. */
  askAgain(): void
  stored(id: string): void
  resolve(id: string, result: unknown): void
  reject(id: string, error: unknown): void
  /** Resolves when every command is stored, so that closing this tab loses nothing. */
  allStored(): Promise<void>
  end(): void
}

/** The message id that the application chose, if it did. */
const messageIdIn = (method: string, args: readonly unknown[]): string | undefined => {
  const options = method === 'send' ? args[2] : args[3]
  return (options as SendOptions | undefined)?.messageId
}

export const createTabCommands = ({ newId, newTextKey, send, answered }: TabCommandsDeps): TabCommands => {
  const open = new Map<string, Open>()
  let settled: (() => void) | undefined
  let ended = false

  const changed = () => {
    if ([...open.values()].every(({ isStored }) => isStored)) settled?.()
  }
  const take = (id: string): Open | undefined => {
    const found = open.get(id)
    open.delete(id)
    if (found !== undefined) answered(found.ask.ids)
    changed()
    return found
  }
  const ask = (method: keyof ClientCommands, args: readonly unknown[]): Promise<unknown> => {
    if (ended) return Promise.reject(new BackscrollError('stopped'))
    const id = newId()
    const ids = [messageIdIn(method, args) ?? newId(), ...Array.from({ length: idsOfOne - 1 }, () => newId())]
    const answer = deferred<unknown>()
    // The rejection is also reported as a `failed` event.
    answer.promise.catch(() => {})
    try {
      const asked = { id, method, args: structuredClone(args), ids, textKey: toBase64(newTextKey()) }
      open.set(id, { ask: asked, isStored: false, ...answer })
      send(asked)
    } catch (thrown) {
      open.delete(id)
      answer.reject(new BackscrollError('invalid', { message: 'This cannot be stored', cause: thrown }))
    }
    return answer.promise
  }
  const asking =
    <Name extends keyof ClientCommands>(name: Name) =>
    (...args: Parameters<ClientCommands[Name]>) =>
      ask(name, args) as ReturnType<ClientCommands[Name]>

  return {
    commands: {
      send: asking('send'),
      reply: asking('reply'),
      edit: asking('edit'),
      delete: asking('delete'),
      react: asking('react'),
      vote: asking('vote'),
      closePoll: asking('closePoll'),
      forward: (message, to, options) =>
        to.map((one) => ask('forward', [{ content: message.content }, [one], options]) as Promise<SendResult>),
      createGroup: ({ conversationId = newId(), ...group }) => ({
        conversationId,
        done: ask('createGroup', [{ conversationId, ...group }]) as ReturnType<ClientCommands['createGroup']>['done'],
      }),
      addMembers: asking('addMembers'),
      removeMember: asking('removeMember'),
      leave: asking('leave'),
      deleteGroup: asking('deleteGroup'),
      handOver: asking('handOver'),
      setRole: asking('setRole'),
      rename: asking('rename'),
      describe: asking('describe'),
      resetGroup: asking('resetGroup'),
      setRetention: asking('setRetention'),
      setPosting: asking('setPosting'),
    },
    askAgain: () => {
      for (const one of open.values()) send(one.ask)
    },
    stored: (id) => {
      const found = open.get(id)
      if (found !== undefined) found.isStored = true
      changed()
    },
    resolve: (id, result) => take(id)?.resolve(result),
    reject: (id, error) => take(id)?.reject(error),
    allStored: async () => {
      if ([...open.values()].every(({ isStored }) => isStored)) return
      await new Promise<void>((resolve) => {
        settled = resolve
      })
    },
    end: () => {
      ended = true
      for (const { reject } of open.values()) reject(new BackscrollError('stopped'))
      open.clear()
    },
  }
}

/** Runs a command of another tab, with the ids that the tab has chosen. */
export const runAsk = async (
  commandsAs: (identity: Pick<Ask, 'ids' | 'textKey'>) => ClientCommands,
  { method, args, ids, textKey }: Ask,
): Promise<unknown> => {
  const commands = commandsAs({ ids, textKey })
  if (!Object.hasOwn(commands, method)) throw new BackscrollError('not_found', { message: `There is no ${method}` })
  const run = commands[method as keyof ClientCommands] as (...given: readonly unknown[]) => unknown
  const result = run(...args)
  if (method === 'forward') return (result as ReturnType<ClientCommands['forward']>)[0]
  if (method !== 'createGroup') return result
  return (result as ReturnType<ClientCommands['createGroup']>).done
}
