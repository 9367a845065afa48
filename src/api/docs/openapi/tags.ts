/** What each group of operations is for. */
export const tags = [
  { name: 'operations', description: 'Probes and metrics.' },
  { name: 'accounts', description: 'Making an account, and who somebody is.' },
  { name: 'me', description: 'Your own account.' },
  { name: 'second factor', description: 'What is asked for beside your password.' },
  { name: 'devices', description: 'Devices, their keys and how new ones are approved.' },
  { name: 'conversations', description: 'Conversations and their streams of events.' },
  { name: 'members', description: 'Who is in a group, and with which role.' },
  { name: 'consent', description: 'Requests to be in a conversation, blocks, and who comes in without asking.' },
  { name: 'invites', description: 'Links by which people may write to you without asking.' },
  { name: 'messages', description: 'Sending, history and receipts.' },
  { name: 'encryption', description: 'The encryption groups (MLS) of conversations.' },
  { name: 'inbox', description: 'Your conversations at a glance.' },
  { name: 'sync', description: 'What a device has missed.' },
  { name: 'administration', description: 'For the role admin.' },
]
