import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClusterEngines } from '../../../src/compose/cluster/cluster-engines.ts'
import { openEngines } from '../../../src/compose/cluster/open-engines.ts'
import { isClusterConfig } from '../../../src/config/cluster-config.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import type { EventLog } from '../../../src/ports/event-log.ts'
import { openClusterLog } from '../../support/cluster/log.ts'
import { type ClusterWorld, missingEngines, openClusterWorld } from '../../support/cluster/world.ts'
import { idsOf, logEvent } from '../../support/event-log/events.ts'

const missing = await missingEngines()
const onlyOf = ({ log }: ClusterEngines): EventLog => {
  const [only] = log.logs
  if (only === undefined) throw new Error('a cluster has a log')
  return only
}

const title = `Clusters on one event log's server${missing.length === 0 ? '' : ` (skipped: no ${missing.join(', ')})`}`

const enginesOf = ({ env }: ClusterWorld): Promise<ClusterEngines> => {
  const config = loadConfig(env)
  if (!isClusterConfig(config)) throw new Error('not a cluster')
  return openEngines(config, createLogger({ level: 'silent' }))
}

describe.skipIf(missing.length > 0)(title, () => {
  let worlds: readonly [ClusterWorld, ClusterWorld]
  let one: ClusterEngines
  let other: ClusterEngines

  beforeAll(async () => {
    const first = await openClusterWorld()
    // The name of one begins the name of the other.
    const second = await openClusterWorld({
      BACKSCROLL_CLUSTER: `${first.env.BACKSCROLL_CLUSTER}-b`,
      BACKSCROLL_KURRENTDB_URL: first.log.url,
    })
    worlds = [first, second]
    one = await enginesOf(first)
    other = await enginesOf(second)
  }, 120_000)

  afterAll(async () => {
    await one?.close()
    await other?.close()
    for (const world of worlds ?? []) await world.discard()
  })

  it('have logs of their own: streams of the same name, epochs, heads', async () => {
    expect(one.log.epoch).not.toBe(other.log.epoch)
    await one.log.append('user-ann', [logEvent('x')], 'no_stream')
    expect(await other.log.heads()).toEqual([0n])
    await other.log.append('user-ann', [logEvent('y'), logEvent('z')], 'no_stream')
    expect(idsOf(await onlyOf(one).readAll(0n, 10))).toEqual(['x'])
    expect(idsOf(await onlyOf(other).readAll(0n, 10))).toEqual(['y', 'z'])
    expect(await onlyOf(other).head()).toBeGreaterThan(await onlyOf(one).head())
  })

  it('are told only of their own events', async () => {
    const heard: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const subscription = onlyOf(one).subscribe(0n, (events) => {
      heard.push(...idsOf(events))
      if (heard.includes('last')) resolve()
    })
    await other.log.append('user-bob', [logEvent('not-bobs')], 'no_stream')
    await one.log.append('user-bob', [logEvent('last')], 'no_stream')
    await promise
    await subscription.close()
    expect(heard).toEqual(['x', 'last'])
  })

  it('are read from outside by their names', async () => {
    const log = await openClusterLog(worlds[0])
    expect(log.logs.epoch).toBe(one.log.epoch)
    await log.close()
  })
})
