import type { WireEvent } from '@backscroll/protocol/server-frames'
import { v7 as uuidv7 } from 'uuid'
import { createBlockBook } from '../account/block-list.ts'
import { createClientConsent } from '../account/consent-api.ts'
import type { ClientOptions, CoreClient } from '../api/client-api.ts'
import { createClientCommands } from '../api/client-commands.ts'
import { createPendingCommands } from '../commands/pending-commands.ts'
import { createSocketAnswer } from '../connection/challenge-answer.ts'
import { createConnection, type Push } from '../connection/connection.ts'
import type { ConnectionState } from '../connection/connection-state.ts'
import { createPacer } from '../connection/rate-pacer.ts'
import type { StopReason } from '../connection/state-reasons.ts'
import { createReauth } from '../connection/token-renewal.ts'
import { createWhenLive } from '../connection/when-live.ts'
import { type Changes, createDelivery } from '../delivery/delivery-queue.ts'
import { createOwnEnvelopes } from '../delivery/own-envelopes.ts'
import { BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import { createErrorReport } from '../events/error-report.ts'
import { createEventFeed } from '../events/event-feed.ts'
import { createQueries } from '../history/queries.ts'
import { createInbound } from '../inbound/inbound-pipeline.ts'
import { createFirstLoad } from '../inbound/initial-snapshot.ts'
import { createOutbox } from '../outbox/outbox.ts'
import { openWebSocket, proofUrl, socketUrl } from '../platform/web-socket.ts'
import { createDecryptingDelivery } from '../protection/decrypting-delivery.ts'
import type { Protection, ProtectionDeps } from '../protection/protection.ts'
import { createReceiptSender, type ReceiptStatus } from '../receipts/receipt-sender.ts'
import { createTypingSender } from '../receipts/typing-sender.ts'
import { type ClientRecords, differenceChange } from '../records/client-records.ts'
import { createWithContent } from '../rest/readable-views.ts'
import { createRest } from '../rest/rest-client.ts'
import { createTokenSource, type TokenSourceDeps } from '../sign-in/token-source.ts'
import { blameToken } from '../sign-in/wrong-token.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { untilClosed } from '../stores/closable-store.ts'
import { createStoreHealth } from '../stores/store-health.ts'
import { steadyClock, systemClock } from '../time/clock.ts'
import { createServerTime } from '../time/server-time.ts'
import { createLifecycle } from './client-lifecycle.ts'
import { createOutcomeTeller } from './outcome-reporter.ts'
import { createStateFollower } from './state-reactions.ts'
import { createTransmit } from './transmit-command.ts'

const version = '0.1.0'
/** Unanswered frames that are left for everything but commands. */
const spare = 4

/** The seq of a message that another user sent. */
const foreignSeq = (event: WireEvent, userId: string): number | undefined =>
  event.type === 'MessageSent' && event.actor.userId !== userId && typeof event.data.seq === 'number'
    ? event.data.seq
    : undefined

/** A client over any protection of what it sends. */
export const assemble = <Kind extends Protection>(
  options: ClientOptions,
  records: ClientRecords,
  protect: (deps: ProtectionDeps) => Kind,
): { readonly client: CoreClient; readonly protection: Kind } => {
  const { url, userId, deviceId, confirmDelivery = true } = options
  const { clock: date = systemClock, random = Math.random, newId = uuidv7 } = options
  const clock = steadyClock(date)
  const me = { userId, deviceId }
  const health = createStoreHealth({
    clock,
    onBroken: (thrown) => {
      onError(thrown)
      const reason: StopReason = 'store_failed'
      connection.dispatch({ type: 'stop', reason, error: toBackscrollError(thrown) })
    },
  })
  const store = untilClosed(health.store(options.store))
  const now = () => clock.now()

  const report = createErrorReport(() => feed)
  const onError = report.tell
  // A handler of errors that throws would hear of that, and throw again.
  const feed = createEventFeed((thrown, type) => (type === 'error' ? report.write(thrown) : report.tell(thrown)))
  const whenLive = createWhenLive(clock)
  const tellState = (state: ConnectionState) => {
    feed.signal({ type: 'state', state })
    whenLive.changed(state)
  }
  const time = createServerTime({
    ...{ date: () => date.now(), steady: clock, difference: records.difference },
    onDifference: (difference) => void write([differenceChange(difference)]).catch(onError),
  })
  const provide: TokenSourceDeps['provide'] = (instead) => options.token(instead, protection.prover())
  const token = createTokenSource({ provide, clock, time })
  const blame = (used: string, refusal: BackscrollError) => blameToken(me, used, refusal)
  const rest = createRest({
    url,
    token,
    prover: () => protection.prover(),
    fetch: options.fetch ?? fetch,
    blame,
    clock,
    random,
    onServerTime: time.told,
  })
  const pacer = createPacer(clock)
  const blocks = createBlockBook(userId, records.stored)

  const isLive = () => connection.state().name === 'live'
  const write = async (changes: readonly StoreChange[]) => {
    if (changes.length > 0) await store.write(changes)
  }

  const onMessage = (event: WireEvent): Changes => {
    const seq = confirmDelivery ? foreignSeq(event, userId) : undefined
    return seq === undefined ? () => [] : receipts.note(event.stream.id, 'delivered', seq)
  }
  const protection = protect({
    ...{ me, store, rest, clock, time, random, newId, onError },
    ...{ stored: records.stored, lazy: health.records(records.lazy) },
    outbox: () => outbox,
    isLive: () => isLive(),
    knows: (conversationId) => inbound.knows(conversationId),
    caughtUp: () => inbound.caughtUp(),
    tell: (event) => delivery.notice(event),
    onObstacle: (conversationId) => commands.changed(conversationId),
    onWaiting: (ways) => {
      connection.dispatch({ type: 'approval_needed' })
      feed.signal({ type: 'approval_needed', ...ways })
    },
  })
  const delivery = createDecryptingDelivery(
    createDelivery({ me, store, feed, clock, blocks, onMessage, onError }),
    protection,
    onError,
  )
  const withContent = createWithContent(protection)
  const envelopes = createOwnEnvelopes()

  const onPush = (push: Push) => {
    if (push.type !== 'typing_indicator') inbound.push(push)
    else if (!blocks.hides(push.conversationId)) feed.signal({ ...push, type: 'typing' })
  }

  const connection = createConnection({
    url: socketUrl(url),
    token,
    answer: createSocketAnswer(() => protection.prover(), proofUrl(url)),
    open: options.webSocket ?? openWebSocket,
    clock,
    random,
    hello: () => {
      const since = inbound.checkpoint()
      const client = { name: 'backscroll-sdk', version, platform: options.platform ?? 'javascript' }
      return { type: 'connect', deviceId, client, ...(since === undefined ? {} : { since }) }
    },
    onPush,
    onState: (state) => followState(state),
    load: () => void load(),
    ...{ onError, blame },
  })
  const inbound = createInbound({
    ...records,
    me,
    delivery,
    clock,
    random,
    connection,
    ownEnvelope: (event) => envelopes.of(event, outbox.waiting(event.stream.id)),
    onOwn: (event) => outbox.seen(event),
    inDoubt: () => outbox.pending() > 0,
  })
  const begin: typeof inbound.begin = (snapshot) => {
    receipts.forgetConfirmed()
    inbound.begin(snapshot)
  }
  const load = createFirstLoad({
    ...{ rest, delivery, protection, blocks, withContent, connection, onError },
    inbound: { room: inbound.room, begin },
  })
  const reauth = createReauth({ clock, token, send: connection.reauth, onError })

  const room = () => (isLive() ? (connection.session()?.maxInFlight ?? 1) - spare : 0)
  const receipts = createReceiptSender({
    clock,
    random,
    unconfirmed: records.watermarks,
    window: () => Math.floor(room() / 2),
    ask: (frame, { resolve, reject }) => void pacer.turn().then(() => connection.ask(frame, { resolve, reject })),
    write: (changes) => void write(changes).catch(onError),
    // Who is no member any more has nothing to confirm.
    onRefused: (error) => (error.code === 'not_found' ? undefined : onError(error)),
  })

  const outcomes = createOutcomeTeller({ me, protection, envelopes, inbound, delivery })
  const outbox = createOutbox({
    store,
    ...{ chains: records.chains, unsealed: records.unsealed },
    onWithdrawn: () => {},
    clock,
    random,
    ...createTransmit({ protection, pacer, connection, rest }),
    ready: protection.ready,
    judge: protection.judge,
    window: () => (isLive() ? Math.max(1, room() - receipts.inFlight()) : 0),
    onChange: (conversationId) => commands.changed(conversationId),
    onAccepted: outcomes.accepted,
    onRejected: outcomes.failed,
  })

  const commands = createPendingCommands({
    ...{ busy: outbox.busy, chain: outbox.chain, now },
    gate: () => {
      const { name } = connection.state()
      if (name === 'live') return undefined
      return { name: name === 'awaiting_approval' ? 'waiting_for_approval' : 'waiting_for_connection' }
    },
    obstacle: protection.obstacle,
    tell: (command) => feed.signal({ type: 'pending_command', command }),
  })

  const mark = async (conversationId: string, status: ReceiptStatus, seq: number) => {
    if (!Number.isSafeInteger(seq) || seq < 0) throw new BackscrollError('invalid')
    await write(receipts.note(conversationId, status, seq)())
  }
  const typing = createTypingSender(now, (conversationId, isTyping) =>
    connection.send({ type: 'typing_indicator', conversationId, typing: isTyping }),
  )
  const followState = createStateFollower({
    ...{ pacer, time, reauth, inbound, protection, outbox, receipts, typing, commands, tellState },
    session: connection.session,
  })
  const { start, close } = createLifecycle({
    ...{ connection, protection, inbound, outbox, receipts, delivery, feed, store, tellState },
    tellFailed: () => outcomes.failedBefore(records.failed.splice(0)),
  })
  const client: CoreClient = {
    ...createClientCommands({ userId, outbox, now: time.now, newId }),
    ...createQueries(rest, withContent, protection),
    ...createClientConsent(rest),
    events: feed.events,
    on: feed.on,
    ...{ start, close },
    state: connection.state,
    whenLive: whenLive.wait,
    pending: outbox.pending,
    pendingCommands: commands.list,
    withdraw: outbox.withdraw,
    markDelivered: (conversationId, seq) => mark(conversationId, 'delivered', seq),
    markRead: (conversationId, seq) => mark(conversationId, 'read', seq),
    typing: typing.set,
  }
  return { client, protection }
}
