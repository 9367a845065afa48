import type { ConnectFrame } from '@backscroll/protocol/client-frames'
import { type ConnectResult, connectResult } from '@backscroll/protocol/server-frames'
import { type BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import type { ChallengeAnswer } from './challenge-answer.ts'
import type { ConnectionEvent } from './connection-state.ts'
import type { CurrentSocket } from './current-socket.ts'
import type { Answered } from './pending-requests.ts'

export interface HelloDeps {
  readonly socket: Pick<CurrentSocket, 'mark' | 'token'>
  /** Answers the server's challenge first, if this device has a key. */
  readonly answer: Pick<ChallengeAnswer, 'prove'>
  /** The first frame of a connection, with the newest checkpoint. */
  readonly hello: () => Omit<ConnectFrame, 'id'>
  readonly ask: (frame: Omit<ConnectFrame, 'id'>, answered: Answered) => void
  /** The error that reports a refusal of `connect`, given the token that was used. */
  readonly blame: (token: string, refusal: BackscrollError) => BackscrollError
  readonly dispatch: (event: ConnectionEvent) => void
  /** The server has let this device in. */
  readonly onSession: (session: ConnectResult) => void
}

/** The first thing that is said on a socket, and what the server answers to it. */
export const createHello = ({ socket, answer, hello, ask, blame, dispatch, onSession }: HelloDeps) => {
  const welcome = (result: unknown) => {
    const session = connectResult.safeParse(result).data
    if (session === undefined) return dispatch({ type: 'refused', code: 'internal', temporary: true })
    onSession(session)
    dispatch({ type: 'connected', recovered: session.recovered, heartbeatMs: session.heartbeatMs })
  }
  return (): void => {
    const isInUse = socket.mark()
    const reject = (refusal: BackscrollError) => {
      if (!isInUse()) return
      const error = blame(socket.token(), refusal)
      const { code, temporary, retryAfterMs } = error
      dispatch({ type: 'refused', code, temporary, error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
    }
    const say = (proof: { readonly proof?: string }) => {
      if (isInUse()) ask({ ...hello(), ...proof }, { resolve: welcome, reject })
    }
    const proving = answer.prove()
    if (proving === undefined) say({})
    else proving.then(say, (thrown) => reject(toBackscrollError(thrown)))
  }
}
