import { ProtocolError } from '@backscroll/protocol/errors'
import type { BlobRef } from '../../domain/conversation/groups/group.ts'
import type { BlobDocument, GroupDocument, WelcomeDocument } from '../documents.ts'
import { decodeCursor, encodeCursor } from '../reading/list-cursor.ts'
import { type Page, type PageRequest, toPage } from '../reading/list-page.ts'
import { seenBy, seenByMember } from '../reading/membership-access.ts'
import { membershipKey, type Views } from '../reading/view-reader.ts'
import { mayRead } from '../reading/visibility.ts'

export interface DeviceName {
  readonly userId: string
  readonly deviceId: string
}

/** A Welcome that waits for a device: `revision` names it. */
export interface WelcomeView {
  readonly conversationId: string
  readonly revision: number
  readonly at: number
  readonly generation: number
  readonly epoch: number
  readonly welcome: BlobRef
}

/** The encryption group of a conversation, in the form that its next commit needs. */
export interface GroupView {
  readonly conversationId: string
  readonly generation: number
  readonly epoch: number
  /** The revision of the event that changed the group last. */
  readonly revision: number
  /** The GroupInfo of the present epoch; null after a reset, until a first commit. */
  readonly groupInfo: BlobRef | null
  /** Revisions of the events since then by which a member left or was removed. */
  readonly departures: readonly number[]
  readonly leaves: readonly (DeviceName & { readonly leaf: number })[]
  /** What the next commit must remove. */
  readonly pendingRemovals: readonly DeviceName[]
}

const toWelcome = ({ conversationId, revision, at, generation, epoch, welcome }: WelcomeDocument): WelcomeView => ({
  conversationId,
  revision,
  at,
  generation,
  epoch,
  welcome,
})

const named = (key: string): DeviceName => {
  const slash = key.indexOf('/')
  return { userId: key.slice(0, slash), deviceId: key.slice(slash + 1) }
}

const toGroup = (document: GroupDocument): GroupView => ({
  conversationId: document.conversationId,
  generation: document.generation,
  epoch: document.epoch,
  revision: document.revision,
  groupInfo: document.groupInfo,
  departures: document.departures,
  leaves: document.leaves.map(([leaf, key]) => ({ leaf, ...named(key) })),
  pendingRemovals: document.pendingRemovals.map(named),
})

const keyOf = ({ conversationId, userId, deviceId }: DeviceName & { readonly conversationId: string }): string =>
  `${conversationId}/${userId}/${deviceId}`

/** The Welcomes among these that their devices have not acknowledged. */
const outstanding = async (views: Views, found: readonly WelcomeDocument[]): Promise<readonly WelcomeDocument[]> => {
  const acknowledged = await views.byKeys('acknowledgements', found.map(keyOf))
  return found.filter((one) => (acknowledged.get(keyOf(one))?.revision ?? -1) < one.revision)
}

/**
 * Only those of conversations that the user is in: no device joins by accident a conversation that the user has not
 * accepted.
 */
const accepted = async (
  views: Views,
  userId: string,
  found: readonly WelcomeDocument[],
): Promise<readonly WelcomeDocument[]> => {
  const keyOfMember = ({ conversationId }: WelcomeDocument): string => membershipKey(conversationId, userId)
  const memberships = await views.byKeys('memberships', found.map(keyOfMember))
  return found.filter((one) => memberships.get(keyOfMember(one))?.active === 1)
}

/** The Welcomes that wait for a device in these conversations, by conversation. */
export const welcomesIn = async (
  views: Views,
  device: DeviceName,
  conversationIds: readonly string[],
): Promise<ReadonlyMap<string, WelcomeView>> => {
  const keys = conversationIds.map((conversationId) => keyOf({ conversationId, ...device }))
  const found = await views.byKeys('welcomes', keys)
  const waiting = await outstanding(views, [...found.values()])
  return new Map(waiting.map((one) => [one.conversationId, toWelcome(one)]))
}

export const createGroups = (views: Views) => {
  /**
   * [E3] The Welcomes that wait for a device, by conversation. A page may be shorter than its limit without being
   * the last.
   */
  const welcomes = async ({ userId, deviceId }: DeviceName, request: PageRequest): Promise<Page<WelcomeView>> => {
    const scope = ['welcomes', userId, deviceId]
    const after = request.cursor === undefined ? '' : String(decodeCursor(scope, request.cursor, ['text'])[0])
    const found = await views.find('welcomes', {
      key: { gt: after },
      where: { userId: { eq: userId }, deviceId: { eq: deviceId } },
      orderBy: { field: 'key', direction: 'ascending' },
      limit: request.limit + 1,
    })
    const cursorAfter = (last: WelcomeDocument): string => encodeCursor(scope, [keyOf(last)])
    const { items, ...rest } = toPage(found, request.limit, (one) => one, cursorAfter)
    const waiting = await outstanding(views, await accepted(views, userId, items))
    return { ...rest, items: waiting.map(toWelcome) }
  }

  /** [E4] For present members. `not_found` also where there is no group. */
  const group = async (userId: string, conversationId: string): Promise<GroupView> => {
    await seenByMember(views, userId, conversationId)
    const document = await views.get('groups', conversationId)
    if (document === undefined) throw new ProtocolError('not_found')
    return toGroup(document)
  }

  const documentOf = async (conversationId: string, hash: string): Promise<BlobDocument | undefined> => {
    const [own, newest] = [`${conversationId}/${hash}`, `${conversationId}/group-info`]
    // One read, whether or not there is anything [R4].
    const found = await views.byKeys('blobs', [own, newest])
    const groupInfo = found.get(newest)
    return found.get(own) ?? (groupInfo?.hash === hash ? groupInfo : undefined)
  }

  /** Resolves for a blob that is named by an event which this user may see; otherwise `not_found`. */
  const mayReadBlob = async (userId: string, conversationId: string, hash: string): Promise<void> => {
    const { membership } = await seenBy(views, userId, conversationId)
    const document = await documentOf(conversationId, hash)
    if (document === undefined || !mayRead(membership, document.revision)) throw new ProtocolError('not_found')
  }

  return { welcomes, group, mayReadBlob }
}
