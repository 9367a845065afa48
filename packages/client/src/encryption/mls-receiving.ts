import { createApplyAccountEvent } from '../account/apply-account-event.ts'
import { requestOf } from '../account/consent-events.ts'
import { createApplyDetails } from '../groups/details/apply-details.ts'
import { createRefreshDetails } from '../groups/details/refresh-details.ts'
import { createApplyEvent } from '../groups/following/apply-event.ts'
import { createApplyReset } from '../groups/following/apply-reset.ts'
import { createSaveApplied } from '../groups/following/save-applied.ts'
import { createSnapshotCatchUp } from '../groups/joining/snapshot-catch-up.ts'
import { devicesIn } from '../groups/members/roster-changes.ts'
import { largestTold } from '../groups/upkeep/group-tasks.ts'
import { createReceiveStatements } from '../groups/upkeep/receive-statements.ts'
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
  /** Another device of the user was added. */
  readonly deviceAdded: () => void
  readonly isClosed: () => boolean
}

export interface MlsReceiving extends Pick<Protection, 'open' | 'catchUp' | 'forgetOthers' | 'save'> {
  /** Asks the server for names and descriptions that this device cannot show yet. */
  refreshDetails(): void
}

/** What arrives: events, and the snapshots that stand for events. */
export const createMlsReceiving = (parts: MlsReceivingDeps): MlsReceiving => {
  const { deps, books, groups, healing, joiners, changed, deviceAdded, isClosed } = parts
  const { deferred, statements, enrolment, ownDevices, details, sealed, retention, context } = books
  const { sharedStatements, profiles, sharedProfiles } = books
  const { me, engine, book, directory, clock, random, onError } = context
  const { rest, tell, outbox } = deps
  const { opened, welcomed, save } = createSaveApplied({ book, deferred, directory, onError })
  const refresh = createRefreshDetails({
    ...{ details, rest, clock, random, tell, isClosed },
    news: (id) => applyDetails.news(id),
    save: () => book.saveAll(deferred.take()),
  })
  const applyDetails = createApplyDetails({ me, details, refresh })
  const inside = devicesIn(engine)
  const devicesInGroup = (id: string) => inside(book.of(id))
  const hearProfiles = createReceiveProfiles({
    ...{ me, profiles, sharedProfiles, changed, devicesIn: devicesInGroup },
    largest: largestTold,
  })
  const hearStatements = createReceiveStatements({
    ...{ me, statements, sharedStatements, changed, devicesIn: devicesInGroup },
  })
  const hearing = hearStatements.over(applyDetails)
  const applyEvent = createApplyEvent({
    ...{ ...context, retention, healing, opened, welcomed, changed, isClosed },
    ...{ applyCommit: groups.applyCommit, commitNotices: groups.commitNotices, applyDeparture: groups.applyDeparture },
    applyReset: createApplyReset(context),
    applyDetails: {
      ...hearing,
      control: async (event, envelope) => {
        const joins = joiners.control(event, envelope)
        return [...(await hearing.control(event, envelope)), ...hearProfiles.control(event, envelope), ...joins]
      },
    },
    sealedFirst: sealed.firstOf,
  })
  const applyAccountEvent = createApplyAccountEvent(me, () => enrolment.keys()?.identityKey, ownDevices, deps.time.now)
  const catchUp = createSnapshotCatchUp({ ...context, rest, outbox, enter: groups.enter, applyEvent, isClosed })

  return {
    save: async () => {
      await save()
      joiners.admit()
    },
    open: (event, own) => {
      if (event.type === 'IdentityChanged') void enrolment.refresh().catch(onError)
      const request = requestOf(event)
      if (request?.state === 'waiting') joiners.requested(request.conversationId)
      if (event.type === 'DeviceAdded') deviceAdded()
      if (event.stream.kind === 'user') return applyAccountEvent(event)
      hearProfiles.event(event)
      hearStatements.event(event)
      joiners.event(event)
      return applyEvent(event, own)
    },
    catchUp: async (conversations) => {
      for (const { conversation } of conversations)
        deferred.add(retention.facts(conversation.conversationId, conversation.retentionSeconds))
      for (const { conversation, revision } of conversations)
        if (conversation.kind === 'group') details.reset(conversation.conversationId, conversation, revision)
      await catchUp.applySnapshot(conversations)
    },
    forgetOthers: (known) => {
      const gone = [...details.all()].filter((id) => !known.has(id))
      const untold = [...sharedProfiles.all()].filter((id) => !known.has(id))
      const forget = catchUp.forgetOthers(known)
      return async () => {
        for (const id of gone) details.forget(id)
        for (const id of untold) sharedProfiles.forget(id)
        await forget()
      }
    },
    refreshDetails: () => {
      for (const id of details.all()) if (details.keys(id).length > 0 && !details.isKnown(id)) refresh(id)
    },
  }
}
