/** Revisions of the events that began and ended a membership. */
export type Membership = readonly [joined: number, left: number]

/** By user id: memberships that have ended, oldest first. */
export type EarlierMemberships = Map<string, readonly Membership[]>

/**
 * How many memberships a state remembers. Beyond that, a user may be shown a message that cannot be answered: one
 * from the oldest of very many memberships of one user, or after that many users have left.
 */
export const rememberedMemberships = { ofUser: 64, users: 4_096 }

export const noteMembership = (earlier: EarlierMemberships, userId: string, ended: Membership): void => {
  const before = earlier.get(userId) ?? []
  // The user who left last is forgotten last.
  earlier.delete(userId)
  earlier.set(userId, [...before, ended].slice(-rememberedMemberships.ofUser))
  if (earlier.size <= rememberedMemberships.users) return
  for (const oldest of earlier.keys()) {
    earlier.delete(oldest)
    return
  }
}

export const wasMemberAt = (earlier: EarlierMemberships, userId: string, revision: number): boolean =>
  earlier.get(userId)?.some(([joined, left]) => joined < revision && revision < left) ?? false
