import { describe, it } from 'vitest'
import { openChaosCluster } from '../../support/chaos/cluster.ts'
import { playFor } from '../../support/chaos/play.ts'
import { missingEngines } from '../../support/cluster/world.ts'
import { hasRedisServer } from '../../support/engines/redis-server.ts'

const seconds = Number(process.env.BACKSCROLL_CHAOS_SECONDS ?? 50)
const missing = [...(await missingEngines()), ...(hasRedisServer ? [] : ['redis-server'])]

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `No ${missing.join(', ')} here: skipped` : 'promises of a cluster under chaos',
  () => {
    it(
      'P1 P2 P3 P4: whichever process dies and whichever engine goes away for a while, each device ends with exactly the events that it may see, and no command is lost or doubled',
      () => playFor(seconds, { steps: 220, outagesMs: 3_000, openServer: openChaosCluster }),
      (seconds + 420) * 1000,
    )

    it(
      'P1 P2 P3 P4: over two event logs, either of which goes away for a while, each device ends with exactly the events that it may see',
      () => playFor(seconds, { steps: 220, outagesMs: 3_000, openServer: (env) => openChaosCluster(env, 2) }),
      (seconds + 420) * 1000,
    )
  },
)
