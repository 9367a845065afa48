import type { ClientOptions } from '../api/client-api.ts'
import { createChallengeAnswer } from '../connection/challenge-answer.ts'
import { createConnection } from '../connection/connection.ts'
import { createPacer } from '../connection/rate-pacer.ts'
import type { StopReason } from '../connection/state-reasons.ts'
import { createTokenRenewal } from '../connection/token-renewal.ts'
import { type BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import { openWebSocket, proofUrl, socketUrl } from '../platform/web-socket.ts'
import { createOwnActivity } from '../presence/own-activity.ts'
import { createRest } from '../rest/rest-client.ts'
import { tokensOf } from '../sign-in/access-tokens.ts'
import { createTokenSource, type TokenSourceDeps } from '../sign-in/token-source.ts'
import { blameToken } from '../sign-in/wrong-token.ts'
import type { ClientBasis } from './client-basis.ts'
import type { ClientTopics } from './client-topics.ts'
import { sdkVersion } from './sdk-version.ts'

/** How many unanswered frames are reserved for everything but commands. */
const spare = 4

interface Access {
  readonly options: ClientOptions
  readonly basis: ClientBasis
  readonly topics: ClientTopics
}

const createRequests = ({ options, basis, topics }: Access) => {
  const { me, clock, time, random } = basis
  const provide: TokenSourceDeps['provide'] = (instead) => tokensOf(options).token(instead, topics.prover.ask())
  const token = createTokenSource({ provide, clock, time })
  const blame = (used: string, refusal: BackscrollError) => blameToken(me, used, refusal)
  const rest = createRest({
    ...{ url: options.url, token, prover: topics.prover.ask, fetch: options.fetch ?? fetch, blame, clock, random },
    onServerTime: time.told,
  })
  return { token, blame, rest }
}

const createSocket = (access: Access, { token, blame }: ReturnType<typeof createRequests>) => {
  const { options, basis, topics } = access
  const { clock, random, onError, position } = basis
  const { url, deviceId, platform = 'javascript' } = options
  const activity = createOwnActivity((now) => connection.send({ type: 'set_activity', activity: now }))
  const connection = createConnection({
    ...{ url: socketUrl(url), token, clock, random, onError, blame },
    answer: createChallengeAnswer(topics.prover.ask, proofUrl(url)),
    open: options.webSocket ?? openWebSocket,
    hello: () => {
      const since = position.newest()
      const client = { name: 'backscroll-sdk', version: sdkVersion, platform }
      return { type: 'connect', deviceId, client, ...(since === undefined ? {} : { since }), ...activity.hello() }
    },
    onPush: topics.push.tell,
    onState: topics.state.tell,
    load: topics.load.tell,
  })
  return { connection, activity }
}

/** Both ways to the server, requests and the socket, and the token that opens them. */
export const createServerAccess = (access: Access) => {
  const { clock, onError } = access.basis
  const requests = createRequests(access)
  const { connection, activity } = createSocket(access, requests)
  access.topics.storeBroke.on((thrown) => {
    onError(thrown)
    const reason: StopReason = 'store_failed'
    connection.dispatch({ type: 'stop', reason, error: toBackscrollError(thrown) })
  })
  const isLive = () => connection.state().name === 'live'
  return {
    rest: requests.rest,
    ...{ connection, activity, isLive },
    pacer: createPacer(clock),
    reauth: createTokenRenewal({ clock, token: requests.token, send: connection.reauth, onError }),
    /** How many frames of commands and receipts may be unanswered at once. */
    room: (): number => (isLive() ? (connection.session()?.maxInFlight ?? 1) - spare : 0),
  }
}

export type ServerAccess = ReturnType<typeof createServerAccess>
