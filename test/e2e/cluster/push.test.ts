import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../../support/client/client-log.ts'
import { type ClusterWorld, missingEngines, openClusterWorld } from '../../support/cluster/world.ts'
import { type BrowserPush, startBrowserPush } from '../../support/push/browser-push-double.ts'
import { type Participant, startGroup } from '../../support/server/conversation.ts'
import type { ServerProcess } from '../../support/server/process.ts'
import { restOf } from '../../support/server/rest.ts'
import { openTokens } from '../../support/server/tokens.ts'

const missing = await missingEngines()
const timeout = 400_000
const quietMs = 3_000
const people = Array.from({ length: 24 }, (_, index) => `person${index}`)

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `No ${missing.join(', ')} here: skipped` : 'notifiers of a cluster that are killed',
  () => {
    let push: BrowserPush
    let world: ClusterWorld
    let front: ServerProcess
    let notifiers: readonly ServerProcess[]
    let owner: Participant

    beforeAll(async () => {
      push = await startBrowserPush()
      world = await openClusterWorld({
        NODE_EXTRA_CA_CERTS: push.caFile,
        BACKSCROLL_PUSH_CONTACT: 'mailto:admin@example.org',
        BACKSCROLL_PUSH_ENDPOINTS: push.origin,
        BACKSCROLL_PUSH_GRACE_MS: '200',
        BACKSCROLL_PUSH_QUIET_MS: String(quietMs),
      })
      front = await world.process(['api', 'gateway', 'relay', 'projector', 'worker'])
      await front.start()
      notifiers = await Promise.all([world.process(['notifier']), world.process(['notifier'])])
      await Promise.all(notifiers.map((one) => one.start()))
      const tokens = await openTokens(world.directory)
      const rests = await Promise.all(people.map((name) => restOf(front.url, tokens, name)))
      for (const [index, rest] of rests.entries()) {
        const target = { kind: 'webpush', ...push.subscribe(people[index] ?? '') }
        expect((await rest('PUT', '/devices/phone/push', target)).status).toBe(200)
      }
      const ann = await restOf(front.url, tokens, 'ann')
      owner = (await startGroup(ann, rests, 'all')).owner
    }, timeout)
    afterAll(async () => {
      await world?.discard()
      await push?.close()
    }, timeout)

    const wokenSince = (from: number) => new Set(push.delivered.slice(from).map(({ to }) => to)).size

    it('wake everybody in the end, and nobody twice within the quiet time', { timeout }, async () => {
      await owner.send('the first')
      await eventually(() => wokenSince(0) === people.length, 'the first wake-ups', 60_000)
      for (const [index, notifier] of notifiers.entries()) {
        await sleep(quietMs)
        const before = push.delivered.length
        await owner.send(`kill ${index}`)
        // Killed in the middle of a batch: some requests were sent, and none is settled.
        await eventually(() => push.delivered.length > before, 'a wake-up under way', 60_000)
        await notifier.stop('SIGKILL')
        await eventually(() => wokenSince(before) === people.length, 'everybody, by the other one', 180_000)
        await notifier.start()
      }
      const gaps = [...Map.groupBy(push.delivered, ({ to }) => to).values()].flatMap((pushes) =>
        pushes.slice(1).map(({ at }, index) => at - (pushes[index]?.at ?? 0)),
      )
      expect(Math.min(...gaps)).toBeGreaterThan(quietMs - 500)
    })
  },
)
