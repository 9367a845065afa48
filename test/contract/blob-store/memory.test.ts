import { describe } from 'vitest'
import { createMemoryBlobs } from '../../../src/adapters/memory/blob-store.ts'
import { blobStoreContract } from './blob-store.suite.ts'

describe('blobs in memory', () => blobStoreContract(async () => createMemoryBlobs()))
