/** How much of files a user may store and move. */
export interface MediaSettings {
  /** Bytes of one file. */
  readonly maxBytes: number
  /** Bytes of all files of a user. */
  readonly bytesOfUser: number
  readonly bytesPerDay: number
  /** Uploads in progress of a user. */
  readonly uploadsOfUser: number
  /** Requests with files that a user, and all users together, have open at this process. */
  readonly transfersOfUser: number
  readonly transfers: number
}

/** How long an upload may take from its beginning, and how long a whole file waits for a message that names it. */
export const uploadLifeMs = 86_400_000

/**
 * How long a file that a message named, or was about to name, stays although no message names it: longer than it takes
 * until the message is accepted.
 */
export const namedGraceMs = 3_600_000
