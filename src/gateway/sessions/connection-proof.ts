import type { ConnectFrame } from '@backscroll/protocol/client-frames'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { Answers } from '../frames/frame-answers.ts'
import type { GatewayConfig } from '../gateway-config.ts'
import type { Session } from './session.ts'
import type { Lifecycle } from './session-lifecycle.ts'
import { isOpen } from './session-state.ts'

export interface ConnectionProofDeps {
  readonly answers: Answers
  readonly lifecycle: Lifecycle
  readonly config: Pick<GatewayConfig, 'maxMalformed'>
}

type Connect = (session: Session, frame: ConnectFrame) => void

/**
 * Required before `connect`: a session that has not shown that it is the device's reaches nobody and replaces
 * nothing [C1].
 */
export const createConnectionProof = (
  { answers, lifecycle, config }: ConnectionProofDeps,
  connect: Connect,
): Connect => {
  const refuse = (session: Session, { id }: ConnectFrame, error: unknown): void => {
    answers.fail(session, id, error)
    session.malformed += 1
    if (session.malformed >= config.maxMalformed) lifecycle.end(session, 'protocol_error')
  }

  const check = async (session: Session, frame: ConnectFrame, prove: NonNullable<Session['prove']>): Promise<void> => {
    session.proving = true
    try {
      await prove(frame.proof, session.id)
      session.prove = undefined
      if (isOpen(session.state)) connect(session, frame)
    } catch (error) {
      refuse(session, frame, error)
    } finally {
      session.proving = false
    }
  }

  return (session, frame) => {
    if (session.prove === undefined) return connect(session, frame)
    if (session.proving) return answers.fail(session, frame.id, new ProtocolError('already_connected'))
    void check(session, frame, session.prove)
  }
}
