/**
 * The generation of a conversation's encryption group that an MLS group id names: the conversation's id alone is
 * generation 0, then `<id>/1` and so on. Undefined for every other group.
 */
export const generationOf = (conversationId: string, groupId: string): number | undefined => {
  if (groupId === conversationId) return 0
  if (!groupId.startsWith(`${conversationId}/`)) return undefined
  const text = groupId.slice(conversationId.length + 1)
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}
