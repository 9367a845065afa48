import { decodeControl } from '../../content/message-content.ts'
import type { UserStatements } from '../../devices/user-statements.ts'
import { dataOf } from '../../events/group-event-data.ts'
import type { ApplyDetails } from '../details/apply-details.ts'
import { deviceName } from '../state/group-context.ts'
import type { SharedStatements } from './shared-statements.ts'

/**
 * Also follows what users have signed, in messages from device to device, and which devices joined and were told
 * nothing yet.
 */
export const withStatements = (
  me: { readonly userId: string; readonly deviceId: string },
  taking: ApplyDetails,
  statements: Pick<UserStatements, 'control'>,
  sharedStatements: Pick<SharedStatements, 'told' | 'owe'>,
): ApplyDetails => ({
  ...taking,
  event: (event) => {
    const added = dataOf(event, 'GroupCommitted')?.added ?? []
    if (added.some((device) => deviceName(device) !== deviceName(me))) sharedStatements.owe(event.stream.id)
    return taking.event(event)
  },
  control: async (event, envelope) => {
    const content = decodeControl(envelope)
    await statements.control(event, envelope)
    if (content?.type === 'identity' && event.actor.userId === me.userId)
      sharedStatements.told(event.stream.id, content.body.statements)
    return taking.control(event, envelope)
  },
})
