import { type ConsentCommand, decideConsent } from './consent.ts'
import type { UserCommand } from './user-commands.ts'
import type { UserEvent } from './user-events.ts'
import type { UserState } from './user-state.ts'

type AccountCommand = Exclude<UserCommand, ConsentCommand>

const eventOf = (state: UserState, command: AccountCommand): UserEvent | undefined => {
  const { at, actor } = command
  switch (command.type) {
    case 'AddDevice': {
      const { deviceId, signatureKey, identityKey, certificate, chain } = command
      if (state.devices.has(deviceId)) return undefined
      const data = { deviceId, signatureKey, identityKey, certificate, ...(chain && { chain }) }
      return { type: 'DeviceAdded', at, actor, data }
    }
    case 'NameDevice':
      return { type: 'DeviceNamed', at, actor, data: { deviceId: command.deviceId } }
    case 'RequestApproval': {
      const { deviceId, pairingId, expiresAt } = command
      return { type: 'ApprovalRequested', at, actor, data: { deviceId, pairingId, expiresAt } }
    }
    case 'RefuseApproval': {
      const { deviceId, pairingId } = command
      return { type: 'ApprovalRefused', at, actor, data: { deviceId, pairingId } }
    }
    case 'RevokeDevice':
      if (state.devices.get(command.deviceId) === 'revoked') return undefined
      return { type: 'DeviceRevoked', at, actor, data: { deviceId: command.deviceId } }
    case 'ChangeIdentity': {
      const { identityKey, signed } = command
      return state.identityKey === identityKey
        ? undefined
        : { type: 'IdentityChanged', at, actor, data: { identityKey, signed } }
    }
    case 'DeactivateUser':
      return state.status === 'active' ? { type: 'UserDeactivated', at, actor, data: {} } : undefined
    case 'ReactivateUser':
      return state.status === 'deactivated' ? { type: 'UserReactivated', at, actor, data: {} } : undefined
    case 'EraseUser':
      return { type: 'UserErased', at, actor, data: {} }
  }
}

/**
 * The events that tell what the accounts database has decided, or what the user wants. None when it was told
 * already, or when the user is erased: nothing follows `UserErased`. Never rejects: a fact cannot be refused.
 */
export const decideUser = (state: UserState, command: UserCommand): readonly UserEvent[] => {
  if (state.status === 'erased') return []
  switch (command.type) {
    case 'ChangeConsent':
    case 'BlockUser':
    case 'UnblockUser':
    case 'NoteRequest':
    case 'SettleRequest':
      return decideConsent(state, command)
    default: {
      const event = eventOf(state, command)
      return event === undefined ? [] : [event]
    }
  }
}
