import { createMemoryOAuthStore } from '../../../src/adapters/memory/oauth-store.ts'
import { oauthStoreContract } from './oauth-store.suite.ts'

oauthStoreContract('memory', async () => ({ store: createMemoryOAuthStore(), remove: async () => {} }))
