import { messagePage } from '@backscroll/protocol/rest/messages'
import { BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import type { ServerPage } from '../replica/fill-page.ts'
import { type KeptMessage, keptOf } from '../replica/kept-message.ts'
import type { Replica } from '../replica/replica.ts'
import type { Rest } from '../rest/rest-client.ts'

export interface MessagePage {
  /** In ascending order. */
  readonly messages: readonly KeptMessage[]
  /** There are more messages in the direction of reading. */
  readonly more: boolean
}

/** Pages of a conversation's messages, first from this device and then from the server. */
export interface MessagePages {
  /** The newest messages on this device. Sends no request. */
  newest(): Promise<MessagePage>
  /** Rejects with `disconnected` if the page needs the server and there is no connection. */
  before(seq: number): Promise<MessagePage>
  after(seq: number): Promise<MessagePage>
}

export interface MessagePagesDeps {
  readonly conversationId: string
  readonly replica: Pick<Replica, 'conversation' | 'before' | 'after' | 'fill'>
  readonly rest: Pick<Rest, 'read'>
  readonly isLive: () => boolean
  readonly size: number
}

const nothing: MessagePage = { messages: [], more: false }

export const createMessagePages = (deps: MessagePagesDeps): MessagePages => {
  const { conversationId, replica, rest, isLive, size } = deps

  const ask = async (range: { readonly before?: number; readonly after?: number }): Promise<ServerPage> => {
    if (!isLive()) throw new BackscrollError('disconnected')
    const atLeast = replica.conversation(conversationId)?.lastPosition
    const query = { conversationId, limit: size, atLeast, ...range }
    const { messages, more } = await rest.read({ path: '/messages', query, schema: messagePage })
    const kept = messages.flatMap((one) => keptOf(one) ?? [])
    return { messages: kept, first: messages[0]?.seq, before: range.before ?? 0, more: more && messages.length > 0 }
  }
  /** A conversation that does not exist yet has no messages. */
  const asked = async (range: Parameters<typeof ask>[0]): Promise<MessagePage> => {
    try {
      return await replica.fill(conversationId, () => ask(range))
    } catch (thrown) {
      if (toBackscrollError(thrown).code === 'not_found') return nothing
      throw thrown
    }
  }
  const isWhole = () => replica.conversation(conversationId)?.completeFrom === 0
  const beginsAt = (seq: number | undefined) => seq === undefined || seq <= 1

  const before: MessagePages['before'] = async (seq) => {
    const messages = await replica.before(conversationId, seq, size)
    if (messages.length > 0) return { messages, more: !beginsAt(messages[0]?.seq) }
    if (isWhole()) return nothing
    const upTo = Number.isFinite(seq) ? seq : (replica.conversation(conversationId)?.lastSeq ?? 0) + 1
    return upTo > 1 ? asked({ before: upTo }) : nothing
  }
  return {
    newest: async () => {
      const messages = await replica.before(conversationId, Number.POSITIVE_INFINITY, size)
      const known = replica.conversation(conversationId)
      const isAll = messages.length < size && (isWhole() || known === undefined)
      return { messages, more: !isAll && !beginsAt(messages[0]?.seq ?? known?.lastSeq) }
    },
    before,
    after: async (seq) => {
      const messages = await replica.after(conversationId, seq, size)
      const lastSeq = replica.conversation(conversationId)?.lastSeq ?? 0
      if (messages.length > 0) return { messages, more: (messages.at(-1)?.seq ?? lastSeq) < lastSeq }
      return lastSeq > seq ? asked({ after: seq }) : nothing
    },
  }
}
