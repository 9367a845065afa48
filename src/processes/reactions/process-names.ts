export const [leaveConversations, removeDevices, noteRequests] = [
  'leave-conversations',
  'remove-devices',
  'note-requests',
] as const

/** Names under which checkpoints of the first log, or the only one, are kept. */
export const processNames: readonly string[] = [leaveConversations, removeDevices, noteRequests]

/** What has a place in each log keeps it under a name of its own; that of the first log stays as it is where there is one. */
export const nameInLog = (name: string, index: number): string => (index === 0 ? name : `${name}/${index}`)
