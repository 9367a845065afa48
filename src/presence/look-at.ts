import { type Presence, presenceOf, unseen } from './presence.ts'
import type { PresenceFacts } from './presence-facts.ts'
import { nothing, type Visibility } from './visibility.ts'

export type LookAt = (viewer: string, userId: string) => Promise<Presence>

/** No answer is faster, milliseconds: what is in memory and what is not take alike. */
const evenMs = 25

export interface LookAtDeps {
  readonly visibility: Pick<Visibility, 'of'>
  readonly facts: PresenceFacts
  readonly sleep: (ms: number) => Promise<unknown>
}

/** What one user is shown of another, once. */
export const createLookAt = ({ visibility, facts, sleep }: LookAtDeps): LookAt => {
  const look = async (viewer: string, userId: string): Promise<Presence> => {
    const [sights, all] = await Promise.all([visibility.of(viewer, [userId]), facts.of([userId])])
    return presenceOf(userId, sights.get(userId) ?? nothing, all.get(userId) ?? unseen)
  }
  return async (viewer, userId) => (await Promise.all([look(viewer, userId), sleep(evenMs)]))[0]
}
