/** What happened to a conversation's encryption at this device, for display; devices are `user/device`. */
export type GroupNotice =
  /**
   * This device lost track of the group, and joined anew without a commit that leads on from what it knew: `by`
   * says who is in it.
   */
  | { readonly type: 'rejoined'; readonly by: string }
  /**
   * The server says so, and no member has signed it: the members and their roles stay as they are, and a user who
   * is `left` or `removed` reads nothing new.
   */
  | { readonly type: 'unsigned_change'; readonly change: 'left' | 'removed' | 'role'; readonly userId: string }
  /** A member gave up the group, and a new one begins. */
  | { readonly type: 'group_reset'; readonly by: string }
