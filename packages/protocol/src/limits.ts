/**
 * Limits that the protocol fixes, the same for every deployment. The answer to `connect` tells those that an
 * operator sets.
 */
export const limits = {
  /** Characters of a base64 `ciphertext`. */
  ciphertext: 64 * 1024,
  /** Characters of the base64 `ciphertext` of a reaction: all reactions to a message are read with it. */
  reaction: 8 * 1024,
  /** Bytes of a commit, a Welcome or a GroupInfo. */
  groupPartBytes: 2 * 1024 * 1024,
  /** Devices in one encryption group. */
  groupDevices: 1024,
  /** Users in one `presence_subscribe`. */
  watchedPerFrame: 100,
  /** Characters of a base64 group name, and of a description. */
  name: 1024,
  description: 8192,
  contentType: 100,
  mediaIds: 32,
  mediaId: 128,
  /** Users in one request that adds members. */
  membersPerRequest: 1000,
  /** Members of one group. */
  members: 1024,
  /** Bytes of the largest answer: a page of 1 MiB, and the largest message beyond it with the reactions of all members. */
  answerBytes: 12 * 1024 * 1024,
  /** Characters of the texts of a report and of feedback, and messages of one report. */
  report: { messages: 10, text: 4_096, note: 2_000, feedback: 4_000 },
  /** Of an archive of the history: characters of a base64 manifest, bytes of a piece, pieces, and pieces of a page. */
  archive: { manifest: 16_384, pieceBytes: 4 * 1024 * 1024, pieces: 20_000, page: 500 },
  /** Offered in `connect`. */
  clientText: 64,
  token: 8192,
  checkpoint: 512,
  cursor: 1024,
  syncPage: { default: 500, maximum: 1000 },
  page: { default: 50, maximum: 200 },
  /** Beyond these a device takes a snapshot instead of a resume. */
  resume: { conversations: 2_000, events: 10_000 },
} as const
