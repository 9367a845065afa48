import { BackscrollError } from '../../errors/backscroll-error.ts'
import type { Group } from '../state/group.ts'
import type { SendChecks } from './send-checks.ts'

/** Both throw where others than intended would read a message; it is tried again. */
export interface RequireReaders {
  /** Before it is sealed: between being ready and its turn a device may have left, or may have to leave. */
  ready(group: Group): void
  /** Before it goes out: the same while it was sealed and stored. */
  still(group: Group): void
}

export const notNow = (reason: string): BackscrollError =>
  new BackscrollError('encryption', {
    message: 'The group has changed since the message was ready',
    details: { reason },
  })

type Checks = Pick<SendChecks, 'leaving' | 'stranger' | 'areFit' | 'isOpen'>

export const createRequireReaders = ({ leaving, stranger, areFit, isOpen }: Checks): RequireReaders => {
  const still = (group: Group) => {
    const found = stranger(group)
    if (found !== undefined) throw notNow(found.code)
    if (leaving(group).length > 0 || !areFit(group)) throw notNow('changed')
  }
  const ready = (group: Group) => {
    still(group)
    if (!isOpen(group)) throw notNow('changed')
  }
  return { ready, still }
}
