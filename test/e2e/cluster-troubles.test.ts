import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fleet, startFleet } from '../support/cluster-fleet.ts'
import { type ClusterTraffic, openClusterTraffic } from '../support/cluster-traffic.ts'
import { type ClusterWorld, missingEngines, openClusterWorld } from '../support/cluster-world.ts'
import { type EngineGates, gatedEngines, gateEngines } from '../support/engine-gates.ts'
import { hasRedisServer } from '../support/redis-server.ts'

const missing = [...(await missingEngines()), ...(hasRedisServer ? [] : ['redis-server'])]
const outageMs = 4_000

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `No ${missing.join(', ')} here: skipped` : 'a cluster in mid-traffic',
  () => {
    let gates: EngineGates
    let world: ClusterWorld
    let fleet: Fleet
    let traffic: ClusterTraffic

    beforeAll(async () => {
      world = await openClusterWorld({ BACKSCROLL_LOG_LEVEL: 'info' }, async (env) => {
        gates = await gateEngines(env)
        return gates.env
      })
      fleet = await startFleet(world)
      traffic = await openClusterTraffic(world, fleet)
      await traffic.recovered(performance.now())
    }, 180_000)
    afterAll(async () => {
      await traffic?.close()
      await world?.discard()
      await gates?.close()
    }, 60_000)

    const goesOnAfter = async (what: string, trouble: () => Promise<unknown>): Promise<void> => {
      const began = performance.now()
      await trouble()
      const { live, caughtUp } = await traffic.recovered(began)
      console.info(`${what}: live again after ${live} ms, caught up after ${caughtUp} ms`)
      await fleet.healed()
      expect(traffic.failures).toEqual([])
    }

    it.each([
      ['active relay', () => fleet.relays[0]],
      ['relay that took over', () => fleet.relays[1]],
      ['first projector', () => fleet.projectors[0]],
      ['second projector', () => fleet.projectors[1]],
      ['gateway of one of the two', () => fleet.gateways[0]],
      ['gateway of the other', () => fleet.gateways[1]],
    ] as const)('is live again by itself after kill -9 of the %s', { timeout: 200_000 }, (name, member) =>
      goesOnAfter(`kill -9 of the ${name}`, async () => member()?.bringBack('SIGKILL', 2_000)),
    )

    it.each(gatedEngines)('catches up by itself when %s was away for a while', { timeout: 200_000 }, (engine) =>
      goesOnAfter(`${engine} away for ${outageMs} ms`, async () => {
        await gates.stop(engine)
        await sleep(outageMs)
        await gates.start(engine)
      }),
    )

    it('hands partitions over to a projector that joins, and back when it leaves', { timeout: 200_000 }, async () => {
      const third = await world.process(['projector'])
      await goesOnAfter('a third projector joins', () => third.start())
      await goesOnAfter('it leaves', () => third.stop('SIGTERM'))
    })

    it('showed every message once to both who write, in one order', { timeout: 200_000 }, async () => {
      await traffic.finish()
      for (const [one, other] of traffic.pairs) {
        const [shown, alsoShown] = [traffic.shownTo(one), traffic.shownTo(other)]
        expect(shown).toEqual(alsoShown)
        const theirs = traffic.messages.filter(({ sender }) => sender === one || sender === other)
        expect(shown.toSorted()).toEqual([`first of ${one}`, ...theirs.map(({ text }) => text)].toSorted())
        for (const user of [one, other])
          expect(shown.filter((text) => text.startsWith(`${user} `))).toEqual(
            theirs.flatMap(({ sender, text }) => (sender === user ? [text] : [])),
          )
      }
      console.info(`${traffic.messages.length} messages, all shown twice`)
    })
  },
)
