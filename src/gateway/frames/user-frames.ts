import type { ProcessLimits } from '../../edge/limits/process-limits.ts'
import type { Session } from '../sessions/session.ts'

/**
 * Takes one frame from what the session's user may send, over all connections; answers how long to wait when there
 * is none. A session that has not shown its device's key takes nothing of the user's: a stolen token cannot silence
 * its owner.
 */
export const takeUserFrame = ({ meter, limits }: Pick<ProcessLimits, 'limits' | 'meter'>, session: Session): number =>
  session.prove === undefined ? meter.take(limits.frames, session.userId).waitMs : 0
