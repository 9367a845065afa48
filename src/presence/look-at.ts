import { type Presence, presenceOf, unseen } from './presence.ts'
import type { PresenceFacts } from './presence-facts.ts'
import { nothing, type Visibility } from './visibility.ts'

export type LookAt = (viewer: string, userId: string) => Promise<Presence>

/** No answer comes sooner than this, so the answer time does not reveal what was in memory. */
const minAnswerMs = 25

export interface LookAtDeps {
  readonly visibility: Pick<Visibility, 'of'>
  readonly facts: PresenceFacts
  readonly sleep: (ms: number) => Promise<unknown>
}

/** Answers once what the viewer may see of the user. */
export const createLookAt = ({ visibility, facts, sleep }: LookAtDeps): LookAt => {
  const look = async (viewer: string, userId: string): Promise<Presence> => {
    const [sights, all] = await Promise.all([visibility.of(viewer, [userId]), facts.of([userId])])
    return presenceOf(userId, sights.get(userId) ?? nothing, all.get(userId) ?? unseen)
  }
  return async (viewer, userId) => (await Promise.all([look(viewer, userId), sleep(minAnswerMs)]))[0]
}
