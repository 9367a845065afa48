import type { ClientFrame } from '@backscroll/protocol/client-frames'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { Access, SocketVerifier } from '../../ports/identity/access.ts'
import type { Answers } from '../frames/frame-answers.ts'
import type { Session } from './session.ts'
import { isOpen } from './session-state.ts'
import type { TimerWheel } from './timer-wheel.ts'

type ReauthFrame = Extract<ClientFrame, { type: 'reauth' }>

export interface ReauthDeps {
  readonly verifier: SocketVerifier
  readonly answers: Answers
  readonly wheel: TimerWheel
  readonly now: () => number
  readonly date: () => number
}

/** `reauth` [T2]: a new token of the same user and device moves the expiry. */
export const createReauth = ({
  verifier,
  answers,
  wheel,
  now,
  date,
}: ReauthDeps): ((session: Session, frame: ReauthFrame) => void) => {
  const renew = (session: Session, id: number, access: Access): void => {
    if (access.userId !== session.userId || access.deviceId !== session.deviceId)
      throw new ProtocolError('unauthenticated')
    session.expiresAt = now() + access.expiresAt - date()
    session.issuedAt = access.issuedAt
    if (isOpen(session.state)) wheel.schedule(session, 0)
    answers.ok(session, id, `{"expiresAt":${access.expiresAt}}`)
  }

  return (session, { id, token, proof }) => {
    verifier
      .verify(token, session.deviceId)
      .then(async (access) => {
        await access.prove?.(proof, session.id)
        renew(session, id, access)
      })
      .catch((error) => answers.fail(session, id, error))
  }
}
