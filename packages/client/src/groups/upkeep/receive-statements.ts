import type { WireEvent } from '@backscroll/protocol/server-frames'
import { decodeControl } from '../../content/message-content.ts'
import type { UserStatements } from '../../devices/user-statements.ts'
import { othersAddedBy } from '../../events/group-event-data.ts'
import type { ApplyDetails } from '../details/apply-details.ts'
import type { SharedStatements } from './shared-statements.ts'

export interface ReceiveStatementsDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly statements: Pick<UserStatements, 'control'>
  readonly sharedStatements: Pick<SharedStatements, 'told' | 'owe'>
  /** Names of the devices in the conversation's group. */
  readonly devicesIn: (conversationId: string) => readonly string[]
  /** There may be something to tell. */
  readonly changed: (conversationId: string) => void
}

/** Follows what users have signed, in messages from device to device, and which devices joined and were told nothing. */
export const createReceiveStatements = (deps: ReceiveStatementsDeps) => {
  const { me, statements, sharedStatements, devicesIn, changed } = deps
  return {
    /** Any event of a conversation, before it is taken in. */
    event: (event: WireEvent): void => {
      const isOwed = sharedStatements.owe(event.stream.id, othersAddedBy(event, me))
      // Those who come with this very event are looked after once it is taken in.
      if (isOwed && event.type !== 'GroupCommitted') changed(event.stream.id)
    },
    over: (taking: ApplyDetails): ApplyDetails => ({
      ...taking,
      control: async (event, envelope) => {
        const { stream, actor } = event
        const content = decodeControl(envelope)
        await statements.control(event, envelope)
        if (content?.type === 'identity' && actor.userId === me.userId)
          sharedStatements.told(stream.id, content.body.statements, devicesIn(stream.id))
        return taking.control(event, envelope)
      },
    }),
  }
}
