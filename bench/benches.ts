import { append } from './runs/append.ts'
import { archive } from './runs/archive.ts'
import type { Bench } from './runs/bench.ts'
import { busyAppends } from './runs/busy-appends.ts'
import { cluster } from './runs/cluster.ts'
import { encryption } from './runs/encryption.ts'
import { groups } from './runs/groups.ts'
import { growth } from './runs/growth.ts'
import { idle } from './runs/idle.ts'
import { inbox } from './runs/inbox.ts'
import { latency } from './runs/latency.ts'
import { media } from './runs/media.ts'
import { pairs } from './runs/pairs.ts'
import { poorNetwork } from './runs/poor-network.ts'
import { presence } from './runs/presence.ts'
import { push } from './runs/push.ts'
import { rebuild } from './runs/rebuild.ts'
import { replay } from './runs/replay.ts'
import { resume } from './runs/resume.ts'
import { resync } from './runs/resync.ts'
import { rows } from './runs/rows.ts'
import { sealing } from './runs/sealing.ts'
import { stores } from './runs/stores.ts'

/** In the order in which they run. */
export const benches: readonly Bench[] = [
  pairs,
  latency,
  groups,
  rows,
  idle,
  resync,
  resume,
  presence,
  push,
  media,
  inbox,
  poorNetwork,
  encryption,
  stores,
  archive,
  cluster,
  sealing,
  busyAppends,
  append,
  replay,
  rebuild,
  growth,
]
