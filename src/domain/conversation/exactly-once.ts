import { type Decision, rejected } from '../decision.ts'
import type { Actor, MessageId } from '../ids.ts'
import type { ConversationCommand } from './conversation-commands.ts'
import type { ConversationEvent, ServerEvent } from './conversation-events.ts'

/**
 * What a conversation remembers of the commands that it accepted, so that each has one effect for ever.
 *
 * The last number of a device is kept for ever, also after its user has left: a retry is a repeat at any age. Results are kept
 * for the newest `perDevice` commands of a device and `overall` commands of the conversation; what a device forgets is always
 * its oldest, so between its oldest remembered and its last number nothing is missing.
 */
export const rememberedResults = { perDevice: 64, overall: 2048 } as const

type CommandType = ConversationCommand['type']

/** An accepted command: its number and the revision of the event that carries it. */
export interface Result {
  readonly clientSeq: number
  readonly revision: number
  readonly command: CommandType
  readonly messageId: MessageId | undefined
}

export interface DeviceMemory {
  /** The last accepted number; 0 if none. */
  last: number
  /** Oldest first; numbers and revisions both grow. */
  recent: Result[]
}

export interface Devices {
  /** By `deviceKey`. */
  readonly byKey: Map<string, DeviceMemory>
  /** The devices whose results are remembered, the least recently active first. */
  readonly remembering: Map<string, DeviceMemory>
  /** Results remembered over all devices. */
  results: number
  /** The message ids among these results, with the number of results that hold each. */
  readonly used: Map<MessageId, number>
}

export const noDevices = (): Devices => ({
  byKey: new Map(),
  remembering: new Map(),
  results: 0,
  used: new Map(),
})

/** Ids hold no slash, so the key is unambiguous. */
export const deviceKey = (actor: Actor): string => `${actor.userId}/${actor.deviceId}`

/** An event that a device's command is named after. */
type CommandEvent = Exclude<ConversationEvent, ServerEvent>

const commandOf = (event: CommandEvent): CommandType => {
  switch (event.type) {
    case 'MessageSent':
    case 'MessageEdited':
    case 'MessageDeleted':
    case 'MessageReacted':
    case 'ControlSent':
      return 'SendMessage'
    case 'ConversationStarted':
      return event.data.kind === 'group' ? 'StartGroup' : 'StartDirect'
    case 'MemberRemoved':
      return 'RemoveMember'
    case 'MemberLeft':
      return 'LeaveConversation'
    case 'ConversationDeleted':
      return 'DeleteConversation'
    case 'RoleChanged':
      return 'ChangeRole'
    case 'ConversationRenamed':
      return 'RenameConversation'
    case 'ConversationDescribed':
      return 'DescribeConversation'
    case 'RetentionChanged':
      return 'ChangeRetention'
    case 'PostingChanged':
      return 'ChangePosting'
    case 'MembersAdded':
    case 'GroupCommitted':
      return 'CommitGroup'
    case 'GroupReset':
      return 'ResetGroup'
  }
}

const messageIdOf = (event: CommandEvent): MessageId | undefined =>
  'messageId' in event.data ? event.data.messageId : undefined

/** Notes that a result with this id was remembered (1) or forgotten (-1). */
export const countUse = ({ used }: Devices, id: MessageId | undefined, change: 1 | -1): void => {
  if (id === undefined) return
  const count = (used.get(id) ?? 0) + change
  if (count > 0) used.set(id, count)
  else used.delete(id)
}

/** Whether a remembered command had this id. */
export const isUsed = ({ used }: Devices, id: MessageId): boolean => used.has(id)

/** A stream that is no longer than one device's memory has forgotten nothing. */
export const mayHaveForgotten = (revision: number): boolean => revision >= rememberedResults.perDevice

const forgetOldest = (devices: Devices): void => {
  for (const [key, device] of devices.remembering) {
    devices.results -= device.recent.length
    for (const { messageId } of device.recent) countUse(devices, messageId, -1)
    device.recent = []
    devices.remembering.delete(key)
    return
  }
}

const memoryOf = (devices: Devices, key: string): DeviceMemory => {
  const known = devices.byKey.get(key)
  if (known !== undefined) return known
  const device: DeviceMemory = { last: 0, recent: [] }
  devices.byKey.set(key, device)
  return device
}

/** Records the accepted command whose number `event`, at `revision`, carries. */
export const remember = (devices: Devices, event: CommandEvent, clientSeq: number, revision: number): void => {
  const key = deviceKey(event.actor)
  const device = memoryOf(devices, key)
  device.last = clientSeq
  const id = messageIdOf(event)
  device.recent.push({ clientSeq, revision, command: commandOf(event), messageId: id })
  countUse(devices, id, 1)
  if (device.recent.length > rememberedResults.perDevice) countUse(devices, device.recent.shift()?.messageId, -1)
  else devices.results += 1
  devices.remembering.delete(key)
  devices.remembering.set(key, device)
  if (devices.results > rememberedResults.overall) forgetOldest(devices)
}

const messageIdOfCommand = (command: ConversationCommand): MessageId | undefined =>
  command.type === 'SendMessage' ? command.messageId : undefined

const conflict = (last: number): Decision<never> =>
  rejected('client_seq_conflict', 'this clientSeq was used for another command', { last })

const repeat = (device: DeviceMemory, command: ConversationCommand): Decision<never> => {
  const oldest = device.recent[0]
  if (oldest === undefined || command.clientSeq < oldest.clientSeq) return { kind: 'repeat', revision: undefined }
  const result = device.recent.find(({ clientSeq }) => clientSeq === command.clientSeq)
  // It was skipped: it was rejected, and later numbers have been accepted since.
  if (result === undefined) return conflict(device.last)
  const same = result.command === command.type && result.messageId === messageIdOfCommand(command)
  return same ? { kind: 'repeat', revision: result.revision } : conflict(device.last)
}

/**
 * The check that comes before every other. Undefined for the device's next command; otherwise the answer: a repeat,
 * `client_seq_conflict` or `client_seq_gap`, the latter two with `details.last`. A number that is not above its
 * `afterClientSeq` is a gap or a repeat, never a new command.
 */
export const checkNumber = (devices: Devices, command: ConversationCommand): Decision<never> | undefined => {
  const device = devices.byKey.get(deviceKey(command.actor))
  const last = device?.last ?? 0
  if (device !== undefined && command.clientSeq <= last) return repeat(device, command)
  if (command.afterClientSeq === last && command.clientSeq > last) return undefined
  return rejected('client_seq_gap', "afterClientSeq is not this device's last accepted number", { last })
}
