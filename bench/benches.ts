import type { Bench } from './runs/bench.ts'
import { groups } from './runs/groups.ts'
import { idle } from './runs/idle.ts'
import { inbox } from './runs/inbox.ts'
import { latency } from './runs/latency.ts'
import { pairs } from './runs/pairs.ts'
import { resync } from './runs/resync.ts'

export const benches: readonly Bench[] = [pairs, latency, groups, idle, resync, inbox]
