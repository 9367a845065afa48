import type { UserStatements } from '../devices/user-statements.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { Readers } from '../groups/members/tree-readers.ts'
import type { MlsEngine } from '../mls/mls-engine.ts'

/** Before it refuses a device it asks what the user has stated since, and it seals for nobody who does not count. */
export const createStatementAwareEngine = (
  engine: MlsEngine,
  { informed }: Pick<UserStatements, 'informed'>,
  readers: Pick<Readers, 'areFit'>,
): MlsEngine => ({
  ...engine,
  commitAdd: (...request) => informed(() => engine.commitAdd(...request)),
  processCommit: (...request) => informed(() => engine.processCommit(...request)),
  join: (...request) => informed(() => engine.join(...request)),
  externalJoin: (...request) => informed(() => engine.externalJoin(...request)),
  checkDevice: (...request) => informed(() => engine.checkDevice(...request)),
  encrypt: (state, ...rest) => {
    // Trust has changed since it was found to be ready: it is checked again.
    if (!readers.areFit(state))
      throw new BackscrollError('encryption', { temporary: true, details: { reason: 'readers' } })
    return engine.encrypt(state, ...rest)
  },
})
