import { decodeControl } from '../e2ee/content.ts'
import { dataOf } from './event-data.ts'
import { deviceName } from './group-context.ts'
import type { TakeDetails } from './take-details.ts'
import type { ToldStatements } from './told-statements.ts'
import type { UserStatements } from './user-statements.ts'

/** Follows also what users have signed, in messages from device to device; and who has come and was told nothing yet. */
export const withStatements = (
  me: { readonly userId: string; readonly deviceId: string },
  taking: TakeDetails,
  statements: Pick<UserStatements, 'control'>,
  toldStatements: Pick<ToldStatements, 'told' | 'owe'>,
): TakeDetails => ({
  ...taking,
  event: (event) => {
    const added = dataOf(event, 'GroupCommitted')?.added ?? []
    if (added.some((device) => deviceName(device) !== deviceName(me))) toldStatements.owe(event.stream.id)
    return taking.event(event)
  },
  control: async (event, envelope) => {
    const content = decodeControl(envelope)
    await statements.control(event, envelope)
    if (content?.type === 'identity' && event.actor.userId === me.userId)
      toldStatements.told(event.stream.id, content.body.statements)
    return taking.control(event, envelope)
  },
})
