import { randomUUID } from 'node:crypto'
import type { Commands } from '../../commands/commands.ts'
import type { Config } from '../../config/config.ts'
import { createBringIn } from '../../consent/bring-in.ts'
import { createOwnConsent } from '../../consent/own-consent.ts'
import { createWhoIsAsked } from '../../consent/who-is-asked.ts'
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
}

/** How long somebody who brings in strangers waits for the views, milliseconds. */
const waitMs = 1_000

/** Who may bring whom into a conversation, and what users say about that. */
export const openConsent = (parts: ConsentParts) => {
  const { config, accounts, queries, commands, log, watermark } = parts
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
  const whoIsAsked = createWhoIsAsked({ consent: users.consent, known: queries.known, caughtUp, limits, settings })
  return {
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
