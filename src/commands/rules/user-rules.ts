import { decodeUserEvent, encodeUserEvent } from '../../codec/user-codec.ts'
import { accepted, type Decision } from '../../domain/decision.ts'
import { decideMarks } from '../../domain/user/decide-marks.ts'
import { decideStars } from '../../domain/user/decide-stars.ts'
import type { MarkCommand, UserCommand } from '../../domain/user/user-commands.ts'
import { decideUser } from '../../domain/user/user-decider.ts'
import type { UserEvent } from '../../domain/user/user-events.ts'
import { userFromSnapshot, userStateVersion, userToSnapshot } from '../../domain/user/user-snapshot.ts'
import { evolveUser, initialUser, type UserState } from '../../domain/user/user-state.ts'
import { answerDecision } from '../writer/answer-decision.ts'
import type { Fold } from '../writer/load-stream.ts'
import type { Rules } from '../writer/stream-writer.ts'

/** A command and the id of its first event. The other events have this id with their ordinal appended. */
export interface UserNotice {
  readonly id: string
  readonly command: UserCommand | MarkCommand
}

const userFold: Fold<UserState> = {
  version: userStateVersion,
  initial: initialUser,
  evolve: (state, recorded) => evolveUser(state, decodeUserEvent(recorded)),
  toSnapshot: userToSnapshot,
  fromSnapshot: userFromSnapshot,
}

const decide = (state: UserState, command: UserNotice['command']): Decision<UserEvent> => {
  switch (command.type) {
    case 'MarkConversation':
      return decideMarks(state, command)
    case 'StarMessage':
    case 'UnstarMessage':
      return decideStars(state, command)
    default:
      return accepted(...decideUser(state, command))
  }
}

export const userRules: Rules<UserState, UserNotice, void> = {
  fold: userFold,
  prepare: () => undefined,
  decide: (state, { id, command }) =>
    answerDecision(decide(state, command), {
      accepted: (events) => {
        for (const event of events) evolveUser(state, event)
        return {
          events: events.map((event, index) => encodeUserEvent(event, index === 0 ? id : `${id}/${index}`)),
          settle: () => undefined,
        }
      },
      repeat: () => undefined,
    }),
}
