import { toBackscrollError } from '../errors/backscroll-error.ts'
import { type ClientWebSocket, type OpenWebSocket, subprotocols } from '../platform/web-socket.ts'
import type { TokenSource } from '../sign-in/token-source.ts'
import type { ChallengeAnswer } from './challenge-answer.ts'
import type { ConnectionEvent } from './connection-state.ts'
import { endsClient } from './state-reasons.ts'

export interface CurrentSocketDeps {
  readonly url: string
  readonly token: TokenSource
  readonly answer: Pick<ChallengeAnswer, 'begin'>
  readonly open: OpenWebSocket
  readonly dispatch: (event: ConnectionEvent) => void
  readonly receive: (data: unknown) => void
  readonly onError: (thrown: unknown) => void
}

/** The one socket that counts; what comes late from those before it is ignored. */
export const createCurrentSocket = (deps: CurrentSocketDeps) => {
  const { dispatch } = deps
  let socket: ClientWebSocket | undefined
  /** Counts sockets. */
  let generation = 0
  let token = ''

  const attach = (opened: ClientWebSocket) => {
    const mine = generation
    const closed = (code: number) => {
      if (mine === generation) dispatch({ type: 'closed', code })
    }
    socket = opened
    opened.onopen = () => dispatch({ type: 'opened' })
    opened.onmessage = (event) => deps.receive(event.data)
    opened.onclose = (event) => closed(event.code)
    opened.onerror = () => closed(1006)
  }
  const failed = (thrown: unknown, mine: number) => {
    deps.onError(thrown)
    if (mine !== generation) return
    const error = toBackscrollError(thrown)
    dispatch(endsClient(error.code) ? { type: 'stop', reason: error.code, error } : { type: 'no_token', error })
  }
  return {
    /** `fresh`: with a new token. */
    open: async (fresh: boolean): Promise<void> => {
      generation += 1
      const mine = generation
      try {
        const got = await deps.token.get(fresh)
        if (mine !== generation) return
        token = got
        deps.answer.begin(got)
        attach(deps.open(deps.url, subprotocols(got)))
      } catch (thrown) {
        failed(thrown, mine)
      }
    },
    drop: (): void => {
      generation += 1
      const old = socket
      socket = undefined
      if (old !== undefined) old.onopen = old.onmessage = old.onclose = old.onerror = null
      old?.close(1000)
    },
    /** False when there is none, and the frame was dropped. */
    send: (frame: object): boolean => {
      socket?.send(JSON.stringify(frame))
      return socket !== undefined
    },
    isThere: (): boolean => socket !== undefined,
    /** Of the socket in use. */
    token: (): string => token,
    /** Answers whether the socket of now is still the one in use. */
    mark: (): (() => boolean) => {
      const mine = generation
      return () => mine === generation
    },
  }
}

export type CurrentSocket = ReturnType<typeof createCurrentSocket>
