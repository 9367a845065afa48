import type { E2eeErrorCode } from '../errors/encryption-codes.ts'

/** What a warning can say besides that the encryption refused something. */
export const warningTitles = {
  tampered: 'The server changed what it says about a message; details.field is what differs',
  missing_commits: 'The server keeps back changes of the group that others have',
  replayed_commit: 'The server tells a change of the group again',
  rolled_back: 'The server has an older state of the conversation than this device has seen',
  false_members: 'The server names members whom no member let in, or hides some',
  false_reset: 'The server says that the encryption was begun anew, and no member has signed that',
  false_change: 'The server tells a departure or a role that nobody with the right to it has signed',
} as const

/** A closed list: applications may switch over it. */
export type WarningCode = E2eeErrorCode | keyof typeof warningTitles
