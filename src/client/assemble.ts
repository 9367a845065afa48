import type { WireEvent } from '@backscroll/protocol/server-frames'
import { v7 as uuidv7 } from 'uuid'
import { BackscrollError, toBackscrollError } from './backscroll-error.ts'
import { createBlockBook } from './block-book.ts'
import type { ClientOptions, CoreClient } from './client-api.ts'
import { createClientCommands } from './client-commands.ts'
import { createClientConsent } from './client-consent.ts'
import { steadyClock, systemClock } from './clock.ts'
import { createConnection, type Push } from './connection.ts'
import type { ConnectionState } from './connection-state.ts'
import { createDecryptingDelivery } from './decrypting-delivery.ts'
import { type Changes, createDelivery } from './delivery.ts'
import { createErrorReport } from './error-report.ts'
import { createEventFeed } from './event-feed.ts'
import { createFirstLoad } from './first-load.ts'
import { createInbound } from './inbound.ts'
import { createLifecycle } from './lifecycle.ts'
import { createOutbox } from './outbox.ts'
import { createOutcomeTeller } from './outcome-teller.ts'
import { createOwnEnvelopes } from './own-envelopes.ts'
import { createPacer } from './pacer.ts'
import { createPendingCommands } from './pending-commands.ts'
import type { Protection, ProtectionDeps } from './protection.ts'
import { createQueries } from './queries.ts'
import { createReauth } from './reauth.ts'
import { createReceiptSender, type ReceiptStatus } from './receipt-sender.ts'
import { type ClientRecords, differenceChange } from './records.ts'
import { createRest } from './rest.ts'
import { createServerTime } from './server-time.ts'
import { createSocketAnswer } from './socket-answer.ts'
import { createStateFollower } from './state-follower.ts'
import type { StopReason } from './state-reasons.ts'
import type { StoreChange } from './store.ts'
import { createStoreHealth } from './store-health.ts'
import { blameToken } from './token-blame.ts'
import { createTokenSource, type TokenSourceDeps } from './token-source.ts'
import { createTransmit } from './transmit.ts'
import { createTypingSender } from './typing-sender.ts'
import { untilClosed } from './until-closed.ts'
import { openWebSocket, proofUrl, socketUrl } from './web-socket.ts'
import { createWhenLive } from './when-live.ts'
import { createWithContent } from './with-content.ts'

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
    chains: records.chains,
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
    markDelivered: (conversationId, seq) => mark(conversationId, 'delivered', seq),
    markRead: (conversationId, seq) => mark(conversationId, 'read', seq),
    typing: typing.set,
  }
  return { client, protection }
}
