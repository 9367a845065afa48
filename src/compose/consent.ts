import { randomUUID } from 'node:crypto'
import type { Commands } from '../commands/commands.ts'
import type { Config } from '../config.ts'
import { createBringIn } from '../consent/bring-in.ts'
import { createOwnConsent } from '../consent/own-consent.ts'
import { createWhoIsAsked } from '../consent/who-is-asked.ts'
import type { Queries } from '../projections/queries/create-queries.ts'
import type { OpenAccounts } from './accounts.ts'

export interface ConsentParts {
  readonly config: Pick<Config, 'consent'>
  readonly accounts: Pick<OpenAccounts, 'limits' | 'users' | 'store'>
  readonly queries: Pick<Queries, 'membershipCount' | 'known'>
  readonly commands: Pick<Commands, 'answerInvitation'>
}

/** Who may bring whom into a conversation, and what users say about that. */
export const openConsent = ({ config: { consent: settings }, accounts, queries, commands }: ConsentParts) => {
  const { limits, users, store } = accounts
  const shared = {
    existing: (userIds: readonly string[]) => store.existing(userIds),
    memberships: queries.membershipCount,
    limits,
  }
  const whoIsAsked = createWhoIsAsked({ consent: users.consent, known: queries.known, limits, settings })
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
