import { decodeUserEvent, encodeUserEvent } from '../../codec/user-codec.ts'
import type { UserCommand } from '../../domain/user/user-commands.ts'
import { decideUser } from '../../domain/user/user-decider.ts'
import { userFromSnapshot, userStateVersion, userToSnapshot } from '../../domain/user/user-snapshot.ts'
import { evolveUser, initialUser, type UserState } from '../../domain/user/user-state.ts'
import type { Fold } from '../writer/load-stream.ts'
import type { Rules } from '../writer/stream-writer.ts'

/** A command and the id of its first event. The other events have this id with their ordinal appended. */
export interface UserNotice {
  readonly id: string
  readonly command: UserCommand
}

const userFold: Fold<UserState> = {
  version: userStateVersion,
  initial: initialUser,
  evolve: (state, recorded) => evolveUser(state, decodeUserEvent(recorded)),
  toSnapshot: userToSnapshot,
  fromSnapshot: userFromSnapshot,
}

export const userRules: Rules<UserState, UserNotice, void> = {
  fold: userFold,
  prepare: () => undefined,
  decide: (state, { id, command }) => {
    const events = decideUser(state, command)
    for (const event of events) evolveUser(state, event)
    return {
      events: events.map((event, index) => encodeUserEvent(event, index === 0 ? id : `${id}/${index}`)),
      settle: () => undefined,
    }
  },
}
