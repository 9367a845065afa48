import type { Reached } from '../replica/mark-shelf.ts'

/**
 * Own messages go from `sending` to `read`, or to `failed`. Other users' messages are `received`. In a group,
 * `delivered` and `read` mean all other members.
 */
export type MessageState = 'received' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed'

/** The state of one of this user's own messages, from the watermarks of the others. */
export const reachedBy = (
  seq: number,
  others: readonly string[],
  marks: ReadonlyMap<string, Reached>,
): { readonly state: MessageState; readonly readBy: readonly string[] } => {
  const readBy = [...marks].filter(([, { read }]) => read >= seq).map(([userId]) => userId)
  const all = (field: keyof Reached) =>
    others.length > 0 && others.every((one) => (marks.get(one)?.[field] ?? 0) >= seq)
  const state = all('read') ? 'read' : all('delivered') ? 'delivered' : 'sent'
  return { state, readBy: readBy.sort() }
}
