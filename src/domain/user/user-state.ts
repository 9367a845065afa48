import { hasNone, type Marks, marksAfter, starKey } from './marks.ts'
import type { ConsentChanged, ConversationMarked, Openness, UserEvent } from './user-events.ts'

export interface UserState {
  /** By device id. A revoked device stays here, so that it is not told twice. */
  readonly devices: Map<string, 'active' | 'revoked'>
  /** The identity key after the last change; undefined before the first change. */
  identityKey?: string
  status: 'active' | 'deactivated' | 'erased'
  /** Undefined: as the operator has set it. */
  direct?: Openness
  groups?: Openness
  /** By user id: since when, in server time. */
  readonly blocked: Map<string, number>
  /** Requests that wait for an answer, by conversation id, oldest first. */
  readonly requests: Map<string, WaitingRequest>
  /** By conversation id. Conversations without marks are absent. */
  readonly marks: Map<string, Marks>
  /** As `starKey` makes them. */
  readonly stars: Set<string>
}

export interface WaitingRequest {
  readonly kind: 'direct' | 'group'
  readonly by: string
  readonly at: number
}

export const initialUser = (): UserState => ({
  devices: new Map(),
  status: 'active',
  blocked: new Map(),
  requests: new Map(),
  marks: new Map(),
  stars: new Set(),
})

const want = (state: UserState, { direct, groups }: ConsentChanged['data']): void => {
  if (direct === undefined) delete state.direct
  else state.direct = direct
  if (groups === undefined) delete state.groups
  else state.groups = groups
}

const mark = ({ marks }: UserState, { conversationId, ...change }: ConversationMarked['data']): void => {
  const after = marksAfter(marks.get(conversationId) ?? {}, change)
  if (hasNone(after)) marks.delete(conversationId)
  else marks.set(conversationId, after)
}

/** Folds the stream's next event. Owns `state` and changes it in place. */
export const evolveUser = (state: UserState, event: UserEvent): UserState => {
  switch (event.type) {
    case 'DeviceAdded':
      state.devices.set(event.data.deviceId, 'active')
      return state
    case 'DeviceRevoked':
      state.devices.set(event.data.deviceId, 'revoked')
      return state
    case 'IdentityChanged':
      state.identityKey = event.data.identityKey
      return state
    case 'UserDeactivated':
      state.status = 'deactivated'
      return state
    case 'UserReactivated':
      state.status = 'active'
      return state
    case 'UserErased':
      state.status = 'erased'
      state.marks.clear()
      state.stars.clear()
      return state
    case 'ConsentChanged':
      want(state, event.data)
      return state
    case 'UserBlocked':
      state.blocked.set(event.data.userId, event.at)
      return state
    case 'UserUnblocked':
      state.blocked.delete(event.data.userId)
      return state
    case 'ConversationRequested': {
      const { conversationId, kind, by } = event.data
      state.requests.set(conversationId, { kind, by, at: event.at })
      return state
    }
    case 'RequestSettled':
      state.requests.delete(event.data.conversationId)
      return state
    case 'ConversationMarked':
      mark(state, event.data)
      return state
    case 'MessageStarred':
      state.stars.add(starKey(event.data))
      return state
    case 'MessageUnstarred':
      state.stars.delete(starKey(event.data))
      return state
    case 'ApprovalRequested':
    case 'ApprovalRefused':
    case 'DeviceNamed':
      return state
  }
}
