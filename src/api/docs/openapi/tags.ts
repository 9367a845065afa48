/** What each group of operations is for. */
export const tags = [
  { name: 'operations', description: 'Probes and metrics.' },
  { name: 'accounts', description: 'Registration, and the profiles of users.' },
  { name: 'me', description: 'Your own account.' },
  { name: 'second factor', description: 'Authenticator apps and passkeys.' },
  { name: 'devices', description: 'Devices, their keys, and how new devices are approved.' },
  { name: 'push', description: 'How devices that are away are woken.' },
  { name: 'conversations', description: 'Conversations and their streams of events.' },
  { name: 'members', description: 'The members of a group and their roles.' },
  {
    name: 'consent',
    description: 'Requests to join conversations, blocks, and who may start conversations without asking.',
  },
  { name: 'invites', description: 'Links by which people may write to you without asking.' },
  { name: 'reports', description: 'What you tell those who run the server about others, and about it.' },
  { name: 'messages', description: 'Sending, history and receipts.' },
  { name: 'media', description: 'Files: uploads by tus 1.0 or in one request, and downloads.' },
  { name: 'encryption', description: 'The encryption groups (MLS) of conversations.' },
  { name: 'inbox', description: 'An overview of your conversations.' },
  { name: 'marks', description: 'How you have marked conversations for yourself: muted, pinned, archived, unread.' },
  { name: 'sync', description: 'The events that a device has missed.' },
  { name: 'administration', description: 'For users with the role admin.' },
]
