import { afterEach, beforeEach, describe, expect } from 'vitest'
import type { Consumption, EventBus } from '../../../src/ports/event-bus.ts'
import { type Behaviour, type BusJournal, type BusMember, createBusJournal } from '../../support/event-bus/journal.ts'
import { busDeliveryContract } from './delivery.suite.ts'
import { busGroupContract } from './group.suite.ts'

/** One bus of its own. */
export interface BusHarness {
  readonly partitions: number
  /** The bus as one process sees it. */
  connect(): Promise<EventBus>
  dispose(): Promise<void>
}

/** What the tests of the suite use. */
export interface BusWorld {
  readonly partitions: number
  bus(): EventBus
  /** Another process; closed with the test. */
  connect(): Promise<EventBus>
  journal(): BusJournal
  /** Joins `group` from a process, by default the first one, and writes into the journal as `name`. */
  join(group: string, name: string, options?: JoinOptions): Promise<Joined>
}

export interface JoinOptions {
  readonly bus?: EventBus
  readonly from?: 'earliest' | 'latest'
  readonly behaviour?: Behaviour
  /** Instead of the world's. */
  readonly journal?: BusJournal
}

export interface Joined extends BusMember {
  readonly consumption: Consumption
}

const partitions = 4

/** The guarantees of `src/ports/event-bus.ts`, for every adapter. */
export const eventBusContract = (name: string, create: (partitions: number) => Promise<BusHarness>): void => {
  describe(`${name} as the event bus`, () => {
    let harness: BusHarness
    let first: EventBus
    let others: EventBus[]
    let journal: BusJournal

    beforeEach(async () => {
      harness = await create(partitions)
      first = await harness.connect()
      others = []
      journal = createBusJournal()
    })
    afterEach(async () => {
      await Promise.all([first, ...others].map((bus) => bus.close()))
      await harness.dispose()
      expect(journal.faults).toEqual([])
      expect([...journal.holders]).toEqual([])
    })

    const world: BusWorld = {
      partitions,
      bus: () => first,
      connect: async () => {
        const bus = await harness.connect()
        others.push(bus)
        return bus
      },
      journal: () => journal,
      join: async (group, member, options = {}) => {
        const { bus = first, from = 'earliest', behaviour, journal: into = journal } = options
        const { open, onError, errors } = into.member(member, behaviour)
        return { open, onError, errors, consumption: await bus.consume(group, open, { from, onError }) }
      },
    }
    busDeliveryContract(world)
    busGroupContract(world)
  })
}
