import type { Engine } from './engine.ts'
import { kafka } from './kafka.ts'
import { kurrentdb } from './kurrentdb.ts'
import { mongodb } from './mongodb.ts'
import { postgres } from './postgres.ts'
import { redis } from './redis.ts'
import { s3 } from './s3.ts'
import type { EngineName } from './versions.ts'

export const catalogue: Record<EngineName, Engine> = { redis, postgres, kafka, mongodb, s3, kurrentdb }
