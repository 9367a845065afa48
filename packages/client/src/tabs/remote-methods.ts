import type { ClientPeople } from '../account/people-api.ts'
import type { BackscrollClient } from '../api/client-api.ts'
import type { ClientCommands } from '../api/client-commands.ts'
import type { ClientInvites } from '../api/client-invites.ts'
import type { ClientPush } from '../api/client-push.ts'
import type { OpenedClient } from '../api/client-sharing.ts'
import type { ClientBackup } from '../archive/backup/history-backup.ts'
import type { ClientHistoryTransfer } from '../archive/history-transfer.ts'
import type { Profile } from '../profiles/profile-book.ts'
import type { Callable } from './packed-value.ts'
import type { Methods } from './remote-calls.ts'
import { keepView, type WantedView } from './tab-views.ts'

/** What each tab answers by itself, from the state that the leader sends. */
type Local =
  | 'on'
  | 'events'
  | 'start'
  | 'close'
  | 'state'
  | 'whenLive'
  | 'pending'
  | 'pendingCommands'
  | 'typing'
  | 'identityOf'
  | 'prover'
  | 'exportHistory'
  | 'people'
  | 'presence'
  | 'profile'
  | 'names'
  | 'views'
  | 'invites'
  | 'push'
  | 'historyTransfer'
  | 'backup'

/** What a tab asks the leader. */
export type Remote = Exclude<keyof BackscrollClient, Local | keyof ClientCommands>

/**
 * `again`: idempotent, so the call is repeated at a new leader. `once`: may have taken effect before the leader was
 * gone; the caller gets `disconnected`. `list`: returns an iterator.
 */
export const remoteMethods = {
  inbox: 'list',
  history: 'list',
  members: 'list',
  messageReceipts: 'list',
  openFile: 'list',
  conversation: 'again',
  requests: 'again',
  accept: 'again',
  decline: 'again',
  block: 'again',
  unblock: 'again',
  blocks: 'again',
  consent: 'again',
  setConsent: 'again',
  markDelivered: 'again',
  markRead: 'again',
  mute: 'again',
  unmute: 'again',
  pin: 'again',
  unpin: 'again',
  archive: 'again',
  unarchive: 'again',
  markUnread: 'again',
  star: 'again',
  unstar: 'again',
  starred: 'list',
  devices: 'again',
  renameDevice: 'again',
  approvalRequests: 'again',
  verifyIdentity: 'again',
  requestApproval: 'once',
  answerApproval: 'once',
  refuseApproval: 'once',
  acceptIdentity: 'once',
  declineIdentity: 'once',
  revokeDevice: 'once',
  createRecoveryKey: 'once',
  recover: 'once',
  renewIdentity: 'once',
  beginAnew: 'once',
  importHistory: 'once',
  uploadFile: 'once',
  joinRequests: 'again',
  ownJoinRequests: 'again',
  approveJoin: 'once',
  declineJoin: 'once',
  withdrawJoin: 'once',
  withdraw: 'once',
  pauseUpload: 'again',
  resumeUpload: 'again',
  report: 'once',
  feedback: 'once',
  signOut: 'once',
} as const satisfies Readonly<Record<Remote, 'list' | 'again' | 'once'>>

export const calledRemotely = Object.keys(remoteMethods) as readonly Remote[]

/** The methods of the client that another tab may call. */
export const methodsOf = (opened: Promise<OpenedClient>): Methods => {
  const methods = calledRemotely.map((name): [string, Callable] => [
    name,
    async (...args) => {
      const { client } = await opened
      const method: Callable = client[name] as Callable
      return method(...args)
    },
  ])
  const exported: Callable = async (key) => (await opened).client.exportHistory(key as Uint8Array).data
  const prove: Callable = async (subject) => {
    const prover = (await opened).client.prover()
    return prover?.prove(subject as Parameters<typeof prover.prove>[0])
  }
  const people = (name: keyof ClientPeople): [string, Callable] => [
    `people.${name}`,
    async (...args) => {
      const method: Callable = (await opened).client.people[name] as Callable
      return method(...args)
    },
  ]
  const invite = (name: keyof ClientInvites['invites']): [string, Callable] => [
    `invites.${name}`,
    async (...args) => {
      const method: Callable = (await opened).client.invites[name] as Callable
      return method(...args)
    },
  ]
  const presence = (name: 'of' | 'privacy' | 'setPrivacy'): [string, Callable] => [
    `presence.${name}`,
    async (...args) => {
      const method: Callable = (await opened).client.presence[name] as Callable
      return method(...args)
    },
  ]
  const ofPresence = (['of', 'privacy', 'setPrivacy'] as const).map(presence)
  const push = (name: keyof ClientPush['push']): [string, Callable] => [
    `push.${name}`,
    async (...args) => {
      const method: Callable = (await opened).client.push[name] as Callable
      return method(...args)
    },
  ]
  const transfer = (name: keyof ClientHistoryTransfer['historyTransfer']): [string, Callable] => [
    `historyTransfer.${name}`,
    async () => (await opened).client.historyTransfer[name](),
  ]
  const backup = (name: keyof ClientBackup['backup']): [string, Callable] => [
    `backup.${name}`,
    async (...args) => {
      const method: Callable = (await opened).client.backup[name] as Callable
      return method(...args)
    },
  ]
  const ofBackup = (['status', 'enable', 'disable', 'update', 'restore'] as const).map(backup)
  const ofTransfer = (['state', 'request', 'cancel'] as const).map(transfer)
  const ofPush = (['offer', 'register', 'unregister', 'preferences', 'setPreferences'] as const).map(push)
  const ofInvites = (['create', 'list', 'revoke', 'accept'] as const).map(invite)
  const ofPeople = (['find', 'isFindable', 'setFindable'] as const).map(people)
  const setProfile: Callable = async (profile) => (await opened).client.profile.set(profile as Profile)
  const view: Callable = async (wanted, tell) =>
    keepView((await opened).client, wanted as WantedView, tell as (snapshot: unknown) => unknown)
  return {
    view,
    'profile.set': setProfile,
    ...Object.fromEntries([
      ...methods,
      ...ofPeople,
      ...ofInvites,
      ...ofPresence,
      ...ofPush,
      ...ofTransfer,
      ...ofBackup,
    ]),
    exported,
    prove,
  }
}
