/** What a member may do: `roles.ts` says what. In a direct conversation both are `member`. */
export type Role = 'owner' | 'admin' | 'member'
