import { describe, it } from 'vitest'
import { playFor } from '../support/chaos/play.ts'
import { openChaosServer } from '../support/chaos/server.ts'

const seconds = Number(process.env.BACKSCROLL_CHAOS_SECONDS ?? 50)

describe('promises under chaos', () => {
  it(
    'P1 P2 P3 P4: whatever breaks, each device ends with exactly the events that it may see, and no command is lost or doubled',
    () => playFor(seconds, { steps: 220, openServer: openChaosServer }),
    (seconds + 180) * 1000,
  )
})
