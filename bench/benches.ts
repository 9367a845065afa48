import type { Bench } from './runs/bench.ts'
import { pairs } from './runs/pairs.ts'

export const benches: readonly Bench[] = [pairs]
