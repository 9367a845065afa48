import type { Consent } from '../commands/create-user-commands.ts'
import type { Openness } from '../domain/user/user-events.ts'

/** The rule by which others come into a user's conversations without a request. */
export interface ConsentSettings {
  readonly direct: Openness
  readonly groups: Openness
}

/** What the user wants, or else the operator's default. */
export const settingsOf = ({ direct, groups }: Consent, defaults: ConsentSettings): ConsentSettings => ({
  direct: direct ?? defaults.direct,
  groups: groups ?? defaults.groups,
})
