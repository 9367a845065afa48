/**
 * The one catalogue of streams: their kinds, and what the name of each begins with. Names are stored in every log, and
 * in what is derived from it: they never change. A kind has no hyphen, so that the first one ends it.
 */
const prefixes = {
  /** What has happened in a conversation. */
  conversation: 'conversation-',
  /** The watermarks of the conversation's devices. */
  receipts: 'receipts-',
  /** What has happened to an account and its devices, and what the user wants of others. */
  user: 'user-',
  /** The acts of admins: one stream, which only admins may read. */
  audit: 'audit-',
} as const

export type StreamKind = keyof typeof prefixes

/** The id of the conversation or the user. The audit always has the same id. */
export const streamName = (kind: StreamKind, id: string): string => `${prefixes[kind]}${id}`

export const conversationStream = (conversationId: string): string => streamName('conversation', conversationId)
export const receiptsStream = (conversationId: string): string => streamName('receipts', conversationId)
export const userStream = (userId: string): string => streamName('user', userId)
export const auditStream: string = streamName('audit', 'acts')

/** The id in the name of a stream of whatever kind: what is behind the first hyphen. */
export const idOfStream = (stream: string): string => stream.slice(stream.indexOf('-') + 1)

/** The same; undefined for one of another kind. */
export const idInStream = (kind: StreamKind, stream: string): string | undefined =>
  stream.startsWith(prefixes[kind]) ? stream.slice(prefixes[kind].length) : undefined

const kinds = Object.entries(prefixes) as readonly (readonly [StreamKind, string])[]

/** Undefined for a stream that is none of the server's. */
export const kindOfStream = (stream: string): StreamKind | undefined => {
  for (const [kind, prefix] of kinds) if (stream.startsWith(prefix)) return kind
  return undefined
}
