/** A conversation by its id, or the direct one with a user. */
export type Address = string | { readonly user: string }
