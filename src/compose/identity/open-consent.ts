import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Commands } from '../../commands/commands.ts'
import type { Config } from '../../config/config.ts'
import { createBringIn } from '../../consent/bring-in.ts'
import { createInvites } from '../../consent/invites.ts'
import { createLookUpUser } from '../../consent/look-up-user.ts'
import { createOwnConsent } from '../../consent/own-consent.ts'
import { createWhoIsAsked } from '../../consent/who-is-asked.ts'
import { createLookupLimit } from '../../edge/limits/lookup-limit.ts'
import type { ProcessLimits } from '../../edge/limits/process-limits.ts'
import type { EventLogs } from '../../event-log/event-logs.ts'
import type { Queries } from '../../projections/queries/create-queries.ts'
import { reachedAll, type Watermark } from '../../projections/watermark/watermark.ts'
import type { OpenAccounts } from './open-accounts.ts'

export interface ConsentParts {
  readonly config: Pick<Config, 'consent'>
  readonly accounts: Pick<OpenAccounts, 'limits' | 'users' | 'store'>
  readonly queries: Pick<Queries, 'membershipCount' | 'known'>
  readonly commands: Pick<Commands, 'answerInvitation'>
  readonly log: Pick<EventLogs, 'heads'>
  readonly watermark: Pick<Watermark, 'reached'>
  readonly metering: Pick<ProcessLimits, 'limits' | 'meter'>
}

/** How long a user who adds strangers waits for the views, in milliseconds. */
const waitMs = 1_000

/** Consent: who may find a user or add them to a conversation, and the users' settings for that. */
export const openConsent = (parts: ConsentParts) => {
  const { config, accounts, queries, commands, log, watermark, metering } = parts
  const settings = config.consent
  const { limits, users, store } = accounts
  const shared = {
    existing: (userIds: readonly string[]) => store.existing(userIds),
    memberships: queries.membershipCount,
    limits,
  }
  const caughtUp = async (): Promise<void> => {
    await reachedAll(watermark, await log.heads(), waitMs)
  }
  const invitedBy = async (userId: string, others: readonly string[]) =>
    new Set(await store.invitedBy(userId, others, Date.now()))
  const { consent } = users
  const whoIsAsked = createWhoIsAsked({ consent, known: queries.known, invitedBy, caughtUp, limits, settings })
  const count = createLookupLimit(metering)
  return {
    lookUpUser: createLookUpUser({ accountByLogin: store.accountByLogin, consent, count, sleep }),
    invites: createInvites({ records: store, account: store.account, consent, count, limits, now: Date.now }),
    bringIn: createBringIn({ ...shared, whoIsAsked, settings }),
    consent: createOwnConsent({
      ...shared,
      users,
      commands,
      defaults: settings,
      maxMemberships: settings.maxMemberships,
      newId: randomUUID,
      now: Date.now,
    }),
  }
}
