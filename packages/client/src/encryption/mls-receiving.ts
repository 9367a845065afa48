import { createTakeAccount } from '../account/apply-account-event.ts'
import { createTakeDetails } from '../groups/details/apply-details.ts'
import { createRefreshDetails } from '../groups/details/refresh-details.ts'
import { createTakeEvent } from '../groups/following/apply-event.ts'
import { createTakeReset } from '../groups/following/apply-reset.ts'
import { createSaveTaken } from '../groups/following/save-applied.ts'
import { createCatchUp } from '../groups/joining/snapshot-catch-up.ts'
import { devicesIn } from '../groups/members/roster-changes.ts'
import { largestTold } from '../groups/upkeep/group-tasks.ts'
import { withStatements } from '../groups/upkeep/receive-statements.ts'
import { createReceiveProfiles } from '../profiles/receive-profiles.ts'
import type { Protection, ProtectionDeps } from '../protection/protection.ts'
import type { FollowGroups } from './follow-groups.ts'
import type { GroupUpkeep } from './group-upkeep.ts'
import type { InvitedJoins } from './invited-joins.ts'
import type { MlsBooks } from './mls-books.ts'

export interface MlsReceivingDeps {
  readonly deps: ProtectionDeps
  readonly books: MlsBooks
  readonly groups: FollowGroups
  readonly healing: GroupUpkeep['healing']
  readonly joiners: InvitedJoins['joiners']
  /** Something about the group changed that may let commands go out. */
  readonly changed: (conversationId: string) => void
  readonly isClosed: () => boolean
}

export interface MlsReceiving extends Pick<Protection, 'open' | 'catchUp' | 'forgetOthers' | 'save'> {
  /** Asks the server for names and descriptions that this device cannot show yet. */
  refreshDetails(): void
}

/** What arrives: events, and the snapshots that stand for events. */
export const createMlsReceiving = (parts: MlsReceivingDeps): MlsReceiving => {
  const { deps, books, groups, healing, joiners, changed, isClosed } = parts
  const { beside, statements, enrolment, ownDevices, details, sealed, retention, context } = books
  const { toldStatements, profiles, toldProfiles } = books
  const { me, engine, book, directory, clock, random, onError } = context
  const { rest, tell, outbox } = deps
  const { opened, welcomed, save } = createSaveTaken({ book, beside, directory, onError })
  const refresh = createRefreshDetails({
    ...{ details, rest, clock, random, tell, isClosed },
    news: (id) => takeDetails.news(id),
    save: () => book.saveAll(beside.take()),
  })
  const takeDetails = createTakeDetails({ me, details, refresh })
  const inside = devicesIn(engine)
  const hearProfiles = createReceiveProfiles({
    ...{ me, profiles, toldProfiles, changed },
    isLarge: (id) => inside(book.of(id)).length > largestTold,
  })
  const hearing = withStatements(me, takeDetails, statements, toldStatements)
  const takeEvent = createTakeEvent({
    ...{ ...context, retention, healing, opened, welcomed, changed, isClosed },
    ...{ takeCommit: groups.takeCommit, toldOf: groups.toldOf, takeDeparture: groups.takeDeparture },
    takeReset: createTakeReset(context),
    takeDetails: {
      ...hearing,
      control: async (event, envelope) => {
        joiners.control(event, envelope)
        return [...(await hearing.control(event, envelope)), ...hearProfiles.control(event, envelope)]
      },
    },
    sealedFirst: sealed.firstOf,
  })
  const takeAccount = createTakeAccount(me, () => enrolment.keys()?.identityKey, ownDevices, deps.time.now)
  const catchUp = createCatchUp({ ...context, rest, outbox, enter: groups.enter, takeEvent, isClosed })

  return {
    save: async () => {
      await save()
      joiners.admit()
    },
    open: (event, own) => {
      if (event.type === 'IdentityChanged') void enrolment.refresh().catch(onError)
      if (event.stream.kind === 'user') return takeAccount(event)
      hearProfiles.event(event)
      return takeEvent(event, own)
    },
    catchUp: async (conversations) => {
      for (const { conversation } of conversations)
        beside.add(retention.facts(conversation.conversationId, conversation.retentionSeconds))
      for (const { conversation, revision } of conversations)
        if (conversation.kind === 'group') details.reset(conversation.conversationId, conversation, revision)
      await catchUp.takeIn(conversations)
    },
    forgetOthers: (known) => {
      const gone = [...details.all()].filter((id) => !known.has(id))
      const untold = [...toldProfiles.all()].filter((id) => !known.has(id))
      const forget = catchUp.forgetOthers(known)
      return async () => {
        for (const id of gone) details.forget(id)
        for (const id of untold) toldProfiles.forget(id)
        await forget()
      }
    },
    refreshDetails: () => {
      for (const id of details.all()) if (details.keys(id).length > 0 && !details.isKnown(id)) refresh(id)
    },
  }
}
