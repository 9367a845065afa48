/** What each group of operations is for. */
export const tags = [
  { name: 'operations', description: 'Probes and metrics.' },
  { name: 'accounts', description: 'Registration, and the profiles of users.' },
  { name: 'me', description: 'Your own account.' },
  { name: 'second factor', description: 'What is asked for in addition to your password.' },
  { name: 'devices', description: 'Devices, their keys, and how new devices are approved.' },
  { name: 'conversations', description: 'Conversations and their streams of events.' },
  { name: 'members', description: 'Who is in a group, and with which role.' },
  {
    name: 'consent',
    description: 'Requests to join conversations, blocks, and who may start conversations without asking.',
  },
  { name: 'invites', description: 'Links by which people may write to you without asking.' },
  { name: 'messages', description: 'Sending, history and receipts.' },
  { name: 'encryption', description: 'The encryption groups (MLS) of conversations.' },
  { name: 'inbox', description: 'An overview of your conversations.' },
  { name: 'sync', description: 'What a device has missed.' },
  { name: 'administration', description: 'For users with the role admin.' },
]
