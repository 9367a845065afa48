/** The limits on files. */
export interface MediaSettings {
  /** Bytes of one file. */
  readonly maxBytes: number
  /** Bytes of all files of one user. */
  readonly bytesOfUser: number
  readonly bytesPerDay: number
  /** Uploads of one user in progress. */
  readonly uploadsOfUser: number
  /** Uploads and downloads in progress at this process, of one user and of all users together. */
  readonly transfersOfUser: number
  readonly transfers: number
  /** How long a link to the store can be used. */
  readonly redirectSeconds: number
}

/** How long an upload may take, and how long a complete file waits to be named by a message. Milliseconds. */
export const uploadLifeMs = 86_400_000

/**
 * How long a file is kept after it was last named, or about to be named. Longer than it takes to accept a message.
 * Milliseconds.
 */
export const namedGraceMs = 3_600_000
