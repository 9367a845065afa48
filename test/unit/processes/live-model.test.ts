import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLiveWorld, gatewayIds, type LiveWorld, partitions } from '../../support/processes/live-world.ts'

const parts = Array.from({ length: 20 }, (_, n) => n + 1)
const users = ['ann', 'bob', 'cyd'] as const
const refreshMs = 4_000

/** What goes on by itself, unless it is held up. */
const flows = [
  'g0',
  'g1',
  'sender 0',
  'sender 1',
  'marks',
  'g0 hears',
  'g1 hears',
  'sends 0',
  'sends 1',
  'clients',
] as const

const partition = fc.nat(partitions - 1)
const gateway = fc.nat(gatewayIds.length - 1)
const pick = fc.nat(50)
const of = <Kind extends string>(...kinds: Kind[]) => fc.constantFrom(...kinds)
const audience = fc.subarray([...users], { minLength: 1 })
const user = fc.constantFrom(...users)
const time = fc.record({ ms: fc.constantFrom(1_000, 4_000, 9_000, 16_000), isPaused: fc.boolean() })

const step = fc.oneof(
  { weight: 14, arbitrary: fc.record({ kind: of('append'), partition, audience }) },
  { weight: 12, arbitrary: fc.record({ kind: of('hold'), flow: fc.constantFrom(...flows) }) },
  { weight: 5, arbitrary: fc.record({ kind: of('release', 'mark') }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: of('send', 'sendByOld'), partition, length: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: of('takeOver'), partition, back: fc.nat(4) }) },
  { weight: 8, arbitrary: fc.record({ kind: of('carryOut', 'answer'), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: of('fail'), pick }) },
  { weight: 5, arbitrary: fc.record({ kind: of('hear', 'drop', 'interrupt'), gateway }) },
  { weight: 3, arbitrary: fc.record({ kind: of('refuse', 'unanswered', 'wipe') }) },
  { weight: 4, arbitrary: fc.record({ kind: of('pass'), time }) },
  { weight: 6, arbitrary: fc.record({ kind: of('connect'), gateway, user }) },
  { weight: 3, arbitrary: fc.record({ kind: of('disconnect', 'resync', 'finish'), gateway, pick }) },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const turn = () => new Promise((resolve) => setImmediate(resolve))
const chosen = <Value>(all: readonly Value[], which: number): Value | undefined => all[which % Math.max(1, all.length)]

const check = async (world: LiveWorld) => {
  await turn()
  expect(world.violations()).toEqual([])
}

/** Lets everything happen that is not held up, until nothing does. */
const flow = async (world: LiveWorld, held: ReadonlySet<string>) => {
  const { calls, gateways } = world
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    for (let each = 0; each < partitions; each += 1) if (!held.has(`sends ${each}`)) world.send(each, 2)
    await check(world)
    for (const caller of calls.waiting()) {
      if (held.has(caller.split('/')[0] ?? '')) continue
      isMoving = true
      await calls.carryOut(caller)
      calls.answer(caller)
      await check(world)
    }
    for (const one of gateways) {
      if (held.has(`${one.id} hears`) || one.isSilent()) continue
      isMoving = true
      one.hear()
      await check(world)
    }
    if (held.has('clients')) continue
    for (const { model } of gateways) for (const session of model.sessions) model.follow(session)
    await check(world)
  }
}

const perform = async (world: LiveWorld, one: Step, held: Set<string>): Promise<unknown> => {
  const { calls } = world
  const at = 'gateway' in one ? world.gateways[one.gateway] : undefined
  const caller = 'pick' in one ? chosen(calls.waiting(), one.pick) : undefined
  const session = 'pick' in one && at !== undefined ? chosen(at.model.sessions, one.pick) : undefined
  switch (one.kind) {
    case 'append':
      return world.append(one.partition, one.audience)
    case 'hold':
      return held.add(one.flow)
    case 'release':
      return held.clear()
    case 'mark':
      return world.mark()
    case 'send':
      return world.send(one.partition, one.length)
    case 'sendByOld':
      return world.send(one.partition, one.length, true)
    case 'takeOver':
      return void world.takeOver(one.partition, one.back)
    case 'carryOut':
      return caller !== undefined && calls.carryOut(caller)
    case 'answer':
      return caller !== undefined && calls.answer(caller)
    case 'fail':
      return caller !== undefined && calls.fail(caller)
    case 'hear':
      return at?.hear()
    case 'drop':
      return at?.drop()
    case 'interrupt':
      return at?.interrupt()
    case 'refuse':
      return world.publishNext('refused')
    case 'unanswered':
      return world.publishNext('unanswered')
    case 'wipe':
      return world.wipe()
    case 'pass':
      world.pass(one.time.ms)
      // A process that was suspended does not know what time it is.
      return one.time.isPaused || vi.advanceTimersByTime(one.time.ms)
    case 'connect':
      return at?.connect(one.user)
    case 'disconnect':
      return session !== undefined && at?.disconnect(session)
    case 'resync':
      return session !== undefined && at?.model.resync(session)
    case 'finish':
      return session !== undefined && at?.model.finish(session)
  }
}

/** Nothing fails any more and nothing new is written: senders, gateways and clients do what they do by themselves. */
const recover = async (world: LiveWorld) => {
  world.publishNext('taken')
  for (let round = 0; round < 45; round += 1) {
    world.mark()
    world.pass(refreshMs / 8)
    vi.advanceTimersByTime(refreshMs / 8)
    await flow(world, new Set())
  }
}

describe('live events of a cluster', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
  afterEach(() => void vi.useRealTimers())

  // Many short tests and not one long one: a slow machine has as long for each.
  it.each(parts)(
    'reach every live session that a position is handed out to, whatever fails, is late, comes twice or is forgotten, and all in the end (part %i)',
    async () => {
      const property = fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }),
        async (steps) => {
          vi.clearAllTimers()
          const world = createLiveWorld()
          const attached = Promise.all(world.gateways.map(({ attach }) => attach()))
          for (let each = 0; each < partitions; each += 1) void world.takeOver(each, 0)
          await flow(world, new Set())
          await attached
          const held = new Set<string>()
          for (const one of steps) {
            await perform(world, one, held)
            await flow(world, held)
          }
          await recover(world)
          for (const { link, model } of world.gateways) {
            expect(link.dispatched()).toEqual([world.head()])
            for (const { state } of model.sessions) expect(['live', 'gone']).toContain(state)
          }
        },
      )
      await fc.assert(property, { numRuns: 600 / parts.length })
    },
  )
})
