import type { Content } from '../content/message-content.ts'
import { readableOf } from '../content/readable-content.ts'
import { fromBase64 } from '../encoding/base64.ts'
import type { ClientErrorCode } from '../errors/backscroll-error.ts'
import type { MessageUpload } from './message-upload.ts'
import type { Chain } from './outbox-chain.ts'
import { isQuiet, type MessageCommand, type OutboxEntry } from './outbox-entry.ts'

/** Why a command is not accepted yet. Times are milliseconds since the Unix epoch. */
export type CommandState =
  /** On its way: the answer is missing. */
  | { readonly name: 'sending' }
  | { readonly name: 'waiting_for_connection' }
  /** This device is not the user's own yet. */
  | { readonly name: 'waiting_for_approval' }
  /** The server was asked too much for now. */
  | { readonly name: 'waiting_for_limit'; readonly retryAt: number }
  /** The server could not take it; `code` says why. */
  | { readonly name: 'waiting_for_server'; readonly retryAt: number; readonly code: ClientErrorCode }
  /** A change of the encryption group comes first, and is being made or followed. */
  | { readonly name: 'waiting_for_commit' }
  /** Something that only another member's device, or a person, can change keeps this device from the group. */
  | { readonly name: 'waiting_for_member' }
  /** Its files are not uploaded yet. It takes its place when they are. */
  | ({ readonly name: 'waiting_for_files' } & MessageUpload)
  /** Another command of the same conversation, or many of others, come first. */
  | { readonly name: 'waiting_for_turn' }

export interface PendingCommand {
  readonly conversationId: string
  readonly messageId: string
  /** 0 for a message that waits for its files. */
  readonly clientSeq: number
  /** `change`: of the conversation or its members. */
  readonly kind: 'message' | 'change'
  /** The content of a message, an edit or a reaction; undefined where there is none. */
  readonly content: Content | undefined
  /** The message that it replies to, edits, reacts to or deletes. */
  readonly relatesTo: MessageCommand['relatesTo']
  /**
   * When it was given, in milliseconds since the Unix epoch by this device; undefined if an earlier version has
   * stored it.
   */
  readonly since: number | undefined
  readonly state: CommandState
}

interface WaitingForFiles {
  readonly shown: OutboxEntry
  readonly upload: MessageUpload
}

export interface PendingCommandsDeps {
  /** Conversations with waiting commands. */
  readonly busy: () => Iterable<string>
  readonly chain: (conversationId: string) => Chain
  /** Messages that wait for their files, and have no place yet. */
  readonly uploads: (conversationId?: string) => readonly WaitingForFiles[]
  /** What holds everything back: undefined while there is a live connection. */
  readonly gate: () => CommandState | undefined
  /** What the encryption waits for in a conversation. */
  readonly obstacle: (conversationId: string) => CommandState | undefined
  readonly now: () => number
  readonly tell: (command: PendingCommand) => void
}

export interface PendingCommands {
  /**
   * Those that the application gave, in order of their numbers; not what the SDK does by itself. Those that wait for
   * files come last.
   */
  list(conversationId?: string): readonly PendingCommand[]
  /** Something may have changed in this conversation, or in all: announces the next command's state if so. */
  changed(conversationId?: string): void
}

const turn: CommandState = { name: 'waiting_for_turn' }
const commit: CommandState = { name: 'waiting_for_commit' }
const ofTheGroup: ReadonlySet<string> = new Set(['stale_epoch', 'commit_required', 'commit_mismatch'])

/** What a refusal that is not final means to the caller. */
export const stateAfter = (code: ClientErrorCode, retryAt: number): CommandState => {
  if (code === 'rate_limited') return { name: 'waiting_for_limit', retryAt }
  return ofTheGroup.has(code) ? commit : { name: 'waiting_for_server', retryAt, code }
}

const ofNoMessage = { kind: 'change', content: undefined, relatesTo: undefined } as const

const saidBy = ({ plaintext, relatesTo }: MessageCommand) => {
  const { content } = readableOf(plaintext === undefined ? undefined : fromBase64(plaintext))
  return { kind: 'message', content, relatesTo } as const
}

export const createPendingCommands = (deps: PendingCommandsDeps): PendingCommands => {
  const { busy, chain: chainOf, uploads, gate, obstacle, now, tell } = deps
  const told = new Map<string, string>()
  const toldUploads = new Map<string, Map<string, string>>()
  const dirty = new Set<string>()

  const backoffOf = ({ notBefore, refusedWith }: Chain): CommandState | undefined =>
    refusedWith !== undefined && notBefore > now() ? stateAfter(refusedWith, notBefore) : undefined

  const stateOf = (id: string, chain: Chain, entry: OutboxEntry): CommandState => {
    const [head] = chain.entries
    if (chain.inFlight.has(entry.clientSeq)) return { name: 'sending' }
    const closed = gate()
    if (closed !== undefined) return closed
    // The next command waits for what the SDK does first.
    const isNext = chain.entries.find((one) => !isQuiet(one)) === entry
    if (!isNext || head === undefined) return turn
    if (chain.inFlight.has(head.clientSeq)) return commit
    return backoffOf(chain) ?? obstacle(id) ?? (head === entry ? turn : commit)
  }

  const viewOf = (entry: OutboxEntry, state: CommandState): PendingCommand => {
    const { conversationId, messageId, clientSeq, command, queuedAt } = entry
    const said = command.kind === 'message' ? saidBy(command) : ofNoMessage
    return { conversationId, messageId, clientSeq, ...said, since: queuedAt, state }
  }
  const uploadOf = ({ shown, upload }: WaitingForFiles): PendingCommand => {
    const closed = upload.isPaused ? undefined : gate()
    return viewOf(shown, closed ?? { name: 'waiting_for_files', ...upload })
  }

  const inConversation = (id: string): readonly PendingCommand[] => {
    const chain = chainOf(id)
    return chain.entries.filter((entry) => !isQuiet(entry)).map((entry) => viewOf(entry, stateOf(id, chain, entry)))
  }

  const lookAtUploads = (id: string): void => {
    const [before, now] = [toldUploads.get(id), new Map<string, string>()]
    for (const view of uploads(id).map(uploadOf)) {
      const text = JSON.stringify(view.state)
      now.set(view.messageId, text)
      if (before?.get(view.messageId) !== text) tell(view)
    }
    if (now.size > 0) toldUploads.set(id, now)
    else toldUploads.delete(id)
  }
  const look = (id: string): void => {
    lookAtUploads(id)
    const chain = chainOf(id)
    const next = chain.entries.find((entry) => !isQuiet(entry))
    if (next === undefined) return void told.delete(id)
    const view = viewOf(next, stateOf(id, chain, next))
    const text = JSON.stringify([view.clientSeq, view.state])
    if (told.get(id) === text) return
    told.set(id, text)
    tell(view)
  }

  /** After the present work: what changes back at once is not worth announcing. */
  const lookSoon = (): void => {
    queueMicrotask(() => {
      const ids = [...dirty]
      dirty.clear()
      for (const id of ids) look(id)
    })
  }

  return {
    list: (id) => [...(id === undefined ? [...busy()] : [id]).flatMap(inConversation), ...uploads(id).map(uploadOf)],
    changed: (id) => {
      if (dirty.size === 0) lookSoon()
      const uploading = () => uploads().map(({ shown }) => shown.conversationId)
      for (const one of id === undefined ? [...busy(), ...uploading()] : [id]) dirty.add(one)
    },
  }
}
