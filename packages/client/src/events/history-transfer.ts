/** How far the history of the user's older devices has come to this one. */
export type HistoryTransfer =
  /** This device has not asked for it. */
  | { readonly name: 'none' }
  /** No older device has begun yet: one of them has to be online. `since`: milliseconds since the Unix epoch. */
  | { readonly name: 'waiting'; readonly since: number }
  | {
      readonly name: 'receiving'
      /** Pieces that are stored here, of those that the other device has uploaded so far. */
      readonly pieces: number
      readonly uploaded: number
      /** The other device has uploaded all of them. */
      readonly isComplete: boolean
      /** Messages that are new here. */
      readonly messages: number
    }
  | { readonly name: 'done'; readonly messages: number }
  /** `request` begins anew. `code`: as in `BackscrollError`, with `details.reason` of `bad_archive`. */
  | { readonly name: 'failed'; readonly code: string; readonly reason: string; readonly messages: number }
