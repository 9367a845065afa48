import type { WireEvent } from '../../protocol/server-frames.ts'
import { type BackscrollError, toBackscrollError } from '../backscroll-error.ts'
import { fromBase64 } from '../base64.ts'
import { sleep } from '../clock.ts'
import { createMlsEngine } from '../e2ee/mls-engine.ts'
import type { Protection, ProtectionDeps } from '../protection.ts'
import type { StoreChange } from '../store.ts'
import { createCatchUp } from './catch-up.ts'
import { createChores } from './chores.ts'
import { createComeIn } from './come-in.ts'
import { loadDetails } from './details-book.ts'
import { createDirectory, type Directory } from './directory.ts'
import { createDuties } from './duties.ts'
import { type Enrolment, loadEnrolment } from './enrolment.ts'
import { createEnterGroup } from './enter-group.ts'
import { createFollowChain } from './follow-chain.ts'
import { devicesIn, goes, removedBy } from './follow-roster.ts'
import { loadGroups } from './group.ts'
import { createGroupBook } from './group-book.ts'
import type { GroupContext } from './group-context.ts'
import { detailsRequest, groupRequest, resetRequest } from './group-request.ts'
import { createHealing } from './healing.ts'
import { createHistoryArchive, type HistoryArchive } from './history-archive.ts'
import { createInformedEngine } from './informed-engine.ts'
import { createInsertChange } from './insert-change.ts'
import { createJudge } from './judge.ts'
import { loadKeyStock } from './key-stock.ts'
import { membersEvent } from './members-event.ts'
import { forgetSpent, type OpenedMessage } from './open-message.ts'
import { createOutsiders } from './outsiders.ts'
import { createPairings, type Pairings } from './pairing.ts'
import { loadPlaintexts } from './plaintexts.ts'
import { createPrepare } from './prepare.ts'
import { createReaders } from './readers.ts'
import { createReadiness } from './readiness.ts'
import { createRefreshDetails } from './refresh-details.ts'
import { createRenewal } from './renewal.ts'
import { createRequireReaders } from './require-readers.ts'
import { loadRetention } from './retention.ts'
import { createSealMessage } from './seal-message.ts'
import { loadSealedMessages } from './sealed-messages.ts'
import { sayToDevices, shareKeys } from './share-keys.ts'
import { createSignedMembers } from './signed-members.ts'
import { createStoreWriter } from './store-writer.ts'
import { createTakeAccount } from './take-account.ts'
import { createTakeCommit } from './take-commit.ts'
import { createTakeDetails } from './take-details.ts'
import { createTakeEvent } from './take-event.ts'
import { createTakeReset } from './take-reset.ts'
import { createToldOf } from './told-of.ts'
import { loadToldStatements, shareStatements } from './told-statements.ts'
import { loadTrust, type TrustBook } from './trust-book.ts'
import { loadUnreadMessages } from './unread-messages.ts'
import { createUserStatements, type UserStatements } from './user-statements.ts'
import { withStatements } from './with-statements.ts'

/** End-to-end encryption by MLS, and what people do with it by hand. */
export interface MlsProtection extends Protection {
  readonly enrolment: Enrolment
  readonly directory: Directory
  readonly pairings: Pairings
  readonly history: HistoryArchive
  /** Looks for a way into the groups that this device could not follow: whom it trusts has changed. */
  comeBack(): void
  readonly trust: TrustBook
  readonly statements: UserStatements
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
}

export const createMlsProtection = (deps: ProtectionDeps): MlsProtection => {
  const { me, stored, clock, random, onError } = deps
  const writer = createStoreWriter(deps.store, clock, onError)
  const directory = createDirectory(deps.rest, me.deviceId)
  const trust = loadTrust(stored, () => {
    const identityKey = enrolment.keys()?.identityKey
    return identityKey === undefined ? undefined : { userId: me.userId, identityKey }
  })
  const plaintexts = loadPlaintexts(stored)
  const book = createGroupBook(loadGroups(stored), writer)
  const statements = createUserStatements({
    ...{ me, directory, trust, write: writer.write, tell: deps.tell },
    onOwn: () => comeBack(),
  })
  const readers = createReaders(trust.pins)
  const bare = createMlsEngine({ pins: trust.pins, now: () => clock.now() })
  const engine = createInformedEngine(bare, statements, readers)
  const details = loadDetails(stored, (changes) => void beside.push(...changes))
  const stock = loadKeyStock(stored, { engine, directory, writer, now: () => clock.now() })
  const enrolment = loadEnrolment(stored, {
    ...{ me, directory, writer, onWaiting: deps.onWaiting },
    now: () => clock.now(),
    leadsTo: async ({ identityKey, statements: said }) => {
      await statements.hear(me.userId, said)
      return trust.pins().get(me.userId)?.identityKey === identityKey
    },
  })
  const beside: StoreChange[] = []
  const toldStatements = loadToldStatements(stored, statements.own, (changes) => void beside.push(...changes))
  const sealed = loadSealedMessages(stored, (change) => void beside.push(change))
  const retention = loadRetention(stored, { plaintexts, rest: deps.rest, clock, write: writer.write, onError })
  const unread = loadUnreadMessages(stored)
  let opened: OpenedMessage[] = []
  let welcomed: { readonly conversationId: string; readonly revision: number }[] = []
  let closed = false
  /** Key packages were counted a moment ago. */
  let counted = false

  const context: GroupContext = {
    ...{ me, engine, directory, book, plaintexts, stock, trust, clock, random, onError },
    newId: deps.newId,
    device: enrolment.device,
    alongside: (changes) => void beside.push(...changes),
  }
  const renewal = createRenewal(engine, clock)
  const { outbox, knows, caughtUp } = deps
  const prepare = createPrepare({ ...context, tell: deps.tell, outbox, statements })
  const enter = createEnterGroup({ ...context, tell: deps.tell })
  const isClosed = () => closed
  const insert = createInsertChange(outbox, deps.newId)
  const takeCommit = createTakeCommit(context)
  const toldOf = createToldOf(context)
  const followChain = createFollowChain({ ...context, rest: deps.rest, takeCommit, toldOf, tell: deps.tell })
  const { comeIn, want } = createComeIn({ ...context, enter, followChain, insert, knows, caughtUp, isClosed })
  const outsiders = createOutsiders(context)
  const readiness = createReadiness({
    ...{
      ...context,
      enter,
      prepare,
      readers,
      outsiders,
      renewal,
      outbox,
      knows,
      caughtUp,
      insert,
      comeIn,
      followChain,
    },
    tell: deps.tell,
    onObstacle: deps.onObstacle,
  })
  const healing = createHealing({
    ...{ me, book, plaintexts, unread, renewal, clock, write: writer.write },
    send: (id, content) => sayToDevices(outbox(), { id, messageId: deps.newId(), content, now: clock.now() }),
    renew: (id) => void insert(id, { type: 'renew' }),
  })
  const duties = createDuties({
    ...{ ...context, details, toldStatements, outsiders, outbox, knows, insert },
    tellStatements: (id) => {
      const missing = toldStatements.missing(id)
      shareStatements(outbox(), {
        ...{ id, userId: me.userId, statements: missing, newId: deps.newId, now: clock.now() },
      })
    },
    share: (id, keys) => shareKeys(outbox(), { id, messageId: deps.newId(), keys, now: clock.now() }),
  })
  const chores = createChores({ clock, random, caughtUp, isLive: deps.isLive }, [...duties, ...healing.chores])
  const refresh = createRefreshDetails({
    ...{ details, rest: deps.rest, clock, random, tell: deps.tell, isClosed },
    news: (id) => takeDetails.news(id),
    save: () => book.saveAll(takeBeside()),
  })
  const takeDetails = createTakeDetails({ me, details, refresh })
  const takeEvent = createTakeEvent({
    ...context,
    takeCommit,
    takeReset: createTakeReset(context),
    toldOf,
    takeDetails: withStatements(me, takeDetails, statements, toldStatements),
    retention,
    healing,
    sealedFirst: sealed.firstOf,
    opened: (message) => void opened.push(message),
    welcomed: (conversationId, revision) => void welcomed.push({ conversationId, revision }),
    changed: (conversationId) => {
      readiness.changed(conversationId)
      want(conversationId)
      chores.look(conversationId)
    },
    isClosed,
  })
  const takeAccount = createTakeAccount(me, () => enrolment.keys()?.identityKey)
  const catchUp = createCatchUp({ ...context, rest: deps.rest, outbox, enter, takeEvent, isClosed })

  const takeBeside = () => beside.splice(0)
  const save = async () => {
    const [messages, welcomes] = [opened, welcomed]
    opened = []
    welcomed = []
    await book.saveAll(takeBeside())
    forgetSpent(messages)
    for (const { conversationId, revision } of welcomes)
      directory.acknowledgeWelcome(conversationId, revision).catch(onError)
  }

  const replenish = async () => {
    try {
      await stock.replenish(enrolment.device())
    } catch (thrown) {
      onError(thrown)
    }
  }
  /** Until there is an answer: without a connection a first start waits. */
  const enrol = async () => {
    for (let attempt = 0; ; attempt += 1)
      try {
        await enrolment.enrol()
        const { credential } = enrolment.device()
        await writer.write(trust.see([credential]).changes)
        await statements.hear(me.userId, (await directory.devices()).statements)
        counted = true
        return await replenish()
      } catch (thrown) {
        const error: BackscrollError = toBackscrollError(thrown)
        onError(error)
        if (!error.temporary || closed) throw error
        await sleep(clock, Math.max(error.retryAfterMs ?? 0, Math.min(30_000, 500 * 2 ** attempt)))
      }
  }

  const comeBack = () => {
    for (const { conversationId } of book.all()) {
      want(conversationId)
      chores.look(conversationId)
    }
    for (const id of details.all()) if (details.keys(id).length > 0 && !details.isKnown(id)) refresh(id)
  }
  const judge = createJudge({ engine, book, prepare, caughtUp, exists: readiness.exists })

  return {
    enrolment,
    directory,
    history: createHistoryArchive({ plaintexts, writer, rest: deps.rest, sweep: retention.sweep }),
    pairings: createPairings({ me, rest: deps.rest, enrolment, clock, isClosed }),
    trust,
    prover: enrolment.prover,
    statements,
    enrol: () => {
      void retention.start()
      return enrol()
    },
    live: () => {
      if (!counted) void replenish()
      counted = false
      void retention.askMissing()
      comeBack()
    },
    comeBack,
    ready: readiness.ready,
    obstacle: readiness.obstacle,
    seal: createSealMessage({ engine, book, sealed, requireReaders: createRequireReaders(context, enter) }),
    request: async ({ conversationId, command, clientSeq }) => {
      const group = book.of(conversationId)
      if (command.kind === 'details') return detailsRequest(conversationId, command)
      if (command.kind === 'reset') return resetRequest(group, enrolment.device(), clientSeq)
      if (command.kind !== 'group' || group.pending === undefined) throw toBackscrollError(new Error('No commit'))
      return groupRequest(group, command.change, group.pending.made)
    },
    accepted: (entry) => {
      const userId = removedBy(entry)
      if (userId === undefined || userId === me.userId) return
      const group = book.of(entry.conversationId)
      goes(group, userId, me.userId, devicesIn(engine))
      book.save(group).catch(onError)
      deps.tell(membersEvent(group))
    },
    judge: (entry, error) => {
      const verdict = judge(entry, error)
      chores.look(entry.conversationId)
      return verdict
    },
    open: (event: WireEvent, own) => {
      if (event.type === 'IdentityChanged') void enrolment.refresh().catch(onError)
      return event.stream.kind === 'user' ? takeAccount(event) : takeEvent(event, own)
    },
    catchUp: async (conversations) => {
      for (const {
        conversation: { conversationId, retentionSeconds },
      } of conversations)
        beside.push(...retention.facts(conversationId, retentionSeconds))
      for (const { conversation, revision } of conversations)
        if (conversation.kind === 'group') details.reset(conversation.conversationId, conversation, revision)
      await catchUp.takeIn(conversations)
    },
    forgetOthers: (known) => {
      for (const id of [...details.all()]) if (!known.has(id)) details.forget(id)
      catchUp.forgetOthers(known)
    },
    save,
    ...createSignedMembers({ ...context, enter, tell: deps.tell }),
    write: writer.write,
    envelopeAt: (id, revision) => {
      const record = plaintexts.get(id, revision)
      return record !== undefined && 'plaintext' in record ? fromBase64(record.plaintext) : undefined
    },
    openText: details.open,
    close: () => {
      closed = true
      chores.stop()
      retention.stop()
      writer.close()
    },
  }
}
