import type { Kysely, Transaction } from 'kysely'
import type { BodyKeysRow } from './body-keys-table.ts'
import type { ArchivePieceRow, ArchiveRow } from './migrations/archives-migration.ts'
import type { InviteRow, InviteUseRow } from './migrations/invites-migration.ts'
import type { MediaRow } from './migrations/media-migration.ts'
import type { OAuthRecordRow } from './migrations/oauth-migration.ts'
import type { ParkedReactionRow } from './migrations/parked-reactions-migration.ts'
import type { PushPreferencesRow, PushTargetRow, PushWaitingRow } from './migrations/push-migration.ts'
import type { FeedbackRow, ReportRow } from './migrations/reports-migration.ts'
import type {
  PasskeyRow,
  PasswordResetRow,
  RateLimitRow,
  RecoveryCodeRow,
  TotpRow,
} from './migrations/sign-in-migration.ts'

/** The tables as SQL knows them: times are milliseconds, flags 0 or 1, JSON and base64 are text, so that every engine stores the same. */
export interface AccountRow {
  user_id: string
  login: string | null
  password_hash: string | null
  origin: string
  status: string
  /** JSON; null for an active account. */
  deactivation: string | null
  deactivated_until: number | null
  roles: string
  identity_key: string | null
  tokens_from: number
  tokens_spare: string | null
  created_at: number
  display_name: string | null
  about: string | null
  online: string
  last_seen: string
  /** When the user was seen last, to the minute. */
  seen_at: number | null
  read_receipts: number
  findable_by_login: number
  settings: string
}

export interface DeviceRow {
  user_id: string
  device_id: string
  name: string | null
  signature_key: string | null
  certificate: string | null
  /** JSON; null: the identity key certified it. */
  chain: string | null
  added_at: number
  revoked_at: number | null
}

interface KeyPackageRow {
  user_id: string
  device_id: string
  hash: string
  /** Null once a one-time package was handed out: the row stays, so that it is not taken again. */
  key_package: string | null
  not_after: number
  last_resort: number
}

export interface Tables {
  accounts: AccountRow
  erased_users: { user_id: string; erased_at: number }
  devices: DeviceRow
  key_packages: KeyPackageRow
  claims: { claimant_id: string; claim_id: string; user_id: string; answer: string; created_at: number }
  pairings: { pairing_id: string; user_id: string; device_id: string; created_at: number; expires_at: number }
  pairing_messages: { pairing_id: string; number: number; device_id: string; payload: string; at: number }
  /** Numbered from 1, in the order in which they were said; JSON. */
  identity_statements: { user_id: string; number: number; statement: string; at: number }
  recovery_blobs: { user_id: string; blob: string; at: number; number: number; signature: string | null }
  notices: { id: string; user_id: string; command: string }
  /** JSON. */
  admin_acts: { id: string; act: string }
  checkpoints: { name: string; epoch: string; position: string }
  parked_reactions: ParkedReactionRow
  oauth_records: OAuthRecordRow
  secrets: { name: string; value: string }
  rate_limits: RateLimitRow
  password_resets: PasswordResetRow
  totp: TotpRow
  recovery_codes: RecoveryCodeRow
  passkeys: PasskeyRow
  invites: InviteRow
  invite_uses: InviteUseRow
  media: MediaRow
  archives: ArchiveRow
  archive_pieces: ArchivePieceRow
  push_targets: PushTargetRow
  push_waiting: PushWaitingRow
  push_preferences: PushPreferencesRow
  reports: ReportRow
  feedback: FeedbackRow
  body_keys: BodyKeysRow
  leases: { name: string; holder: string; expires_at: number }
  schema_versions: { version: number }
}

export type Database = Kysely<Tables>
export type Write = Transaction<Tables>
