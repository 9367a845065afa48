import { setTimeout as sleep } from 'node:timers/promises'
import { type EngineGates, type GatedEngine, gatedEngines, gateEngines } from '../cluster/engine-gates.ts'
import { startFleet } from '../cluster/fleet.ts'
import { openClusterLog } from '../cluster/log.ts'
import { openClusterWorld } from '../cluster/world.ts'
import type { ChaosServer, ServerStep } from './server.ts'

const at = <Item>(items: readonly Item[], share: number): Item | undefined => items[Math.floor(share * items.length)]

/** Two processes of each kind over real engines, any of which may go away for a while. A connection goes to either of the two gateways. */
export const openChaosCluster = async (env: Readonly<Record<string, string>>, logs = 1): Promise<ChaosServer> => {
  let gates: EngineGates | undefined
  const through = async (plain: Readonly<Record<string, string>>) => {
    gates = await gateEngines(plain)
    return gates.env
  }
  const world = await openClusterWorld(env, through, logs)
  const start = async () => ({ fleet: await startFleet(world), log: await openClusterLog(world) })
  // Ends the processes that did start: no other code would.
  const { fleet, log } = await start().catch(async (error: unknown) => {
    await world.discard()
    await gates?.close()
    throw error
  })
  const outages = new Map<GatedEngine, Promise<void>>()

  const breakFor = async (engine: GatedEngine, ms: number): Promise<void> => {
    await outages.get(engine)
    await gates?.stop(engine)
    await sleep(ms)
    await gates?.start(engine)
  }
  const disturb = ({ name, group, ms }: ServerStep): void => {
    const engine = at(gatedEngines, group)
    if (name !== 'outage') at(fleet.all, group)?.bringBack(name === 'kill_server' ? 'SIGKILL' : 'SIGTERM', ms)
    else if (engine !== undefined) outages.set(engine, breakFor(engine, ms))
  }

  return {
    directory: world.directory,
    port: () => Number(new URL(at(fleet.gateways, Math.random())?.process.url ?? '').port),
    log: log.read,
    logHeads: log.heads,
    settleMs: 60_000,
    disturb,
    output: () => fleet.all.map(({ name, process }) => `== ${name}\n${process.output()}`).join('\n'),
    heal: async () => {
      await Promise.all(outages.values())
      await fleet.healed()
    },
    discard: async () => {
      await world.discard()
      await log.close()
      await gates?.close()
    },
  }
}
