import { v5 } from 'uuid'

const namespace = '5b0b6c0e-3f6a-4f0c-9d53-8f8c9a6b7e21'

/** The one direct conversation of two users [M1]: UUIDv5 (RFC 9562 5.5) of the sorted ids, whoever opens it first. */
export const directConversationId = (a: string, b: string): string =>
  v5([a, b].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0)).join('\n'), namespace)
