/** What every account begins with, whoever makes it: the person has set nothing, and no device is registered. */
export const blankAccount = {
  status: 'active',
  deactivation: null,
  roles: ['user'],
  identityKey: null,
  tokensFrom: 0,
  tokensSpare: null,
  profile: { displayName: null, about: null },
  privacy: { online: 'contacts', lastSeen: 'contacts', readReceipts: true, findableByLogin: false },
  settings: {},
} as const
