import type { UserEvent } from './events.ts'

export interface UserState {
  /** By device id. A revoked one stays, so that it is not told twice. */
  readonly devices: Map<string, 'active' | 'revoked'>
  /** The last that it was changed to; undefined while it is the first. */
  identityKey?: string
  status: 'active' | 'deactivated' | 'erased'
}

export const initialUser = (): UserState => ({ devices: new Map(), status: 'active' })

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
      return state
    case 'DeviceNamed':
      return state
  }
}
