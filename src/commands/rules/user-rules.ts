import { decodeUserEvent, encodeUserEvent } from '../../codec/user-codec.ts'
import { accepted } from '../../domain/decision.ts'
import { decideMarks } from '../../domain/user/decide-marks.ts'
import type { MarkConversation, UserCommand } from '../../domain/user/user-commands.ts'
import { decideUser } from '../../domain/user/user-decider.ts'
import { userFromSnapshot, userStateVersion, userToSnapshot } from '../../domain/user/user-snapshot.ts'
import { evolveUser, initialUser, type UserState } from '../../domain/user/user-state.ts'
import { answerDecision } from '../writer/answer-decision.ts'
import type { Fold } from '../writer/load-stream.ts'
import type { Rules } from '../writer/stream-writer.ts'

/** A command and the id of its first event. The other events have this id with their ordinal appended. */
export interface UserNotice {
  readonly id: string
  readonly command: UserCommand | MarkConversation
}

const userFold: Fold<UserState> = {
  version: userStateVersion,
  initial: initialUser,
  evolve: (state, recorded) => evolveUser(state, decodeUserEvent(recorded)),
  toSnapshot: userToSnapshot,
  fromSnapshot: userFromSnapshot,
}

const decide = (state: UserState, command: UserNotice['command']) =>
  command.type === 'MarkConversation' ? decideMarks(state, command) : accepted(...decideUser(state, command))

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
