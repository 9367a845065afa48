import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventBus } from '../../../../src/ports/event-bus.ts'
import { engineUrl } from '../../../support/engines/engine-url.ts'
import { type KafkaWorld, openKafkaWorld } from '../../../support/engines/kafka-world.ts'
import { type Behaviour, type BusJournal, createBusJournal } from '../../../support/event-bus/journal.ts'
import { busSlice, follow, sliceChain } from '../../../support/event-bus/slices.ts'
import { createOutageGate, type OutageGate } from '../../../support/network/outage-gate.ts'

const brokers = await engineUrl('kafka')

describe.skipIf(brokers === undefined)(
  brokers === undefined ? 'No Kafka here: skipped' : 'Kafka that comes and goes',
  () => {
    let world: KafkaWorld
    let gate: OutageGate
    let bus: EventBus
    let journal: BusJournal
    let unexpected: unknown[]
    const note = (what: unknown) => void unexpected.push(what)

    beforeEach(async () => {
      unexpected = []
      process.on('unhandledRejection', note)
      process.on('warning', note)
      world = await openKafkaWorld(brokers ?? '', 3)
      gate = createOutageGate()
      journal = createBusJournal()
      bus = await world.open({ socketFactory: gate.socketFactory, publishTimeoutMs: 3_000 })
    })
    afterEach(async () => {
      await world.dispose()
      process.off('unhandledRejection', note)
      process.off('warning', note)
      expect(unexpected).toEqual([])
      expect(journal.faults).toEqual([])
    })

    const join = async (behaviour?: Behaviour) => {
      const { open, onError, errors } = journal.member('a', behaviour)
      const consumption = await bus.consume('views', open, { from: 'earliest', onError })
      return { consumption, errors }
    }
    const allHeld = () => journal.until(() => journal.holders.size === 3)
    const reached = (partition: number, upTo: bigint) =>
      journal.until(() => (journal.takenOf(partition).at(-1)?.upTo ?? -1n) >= upTo)
    /** As the relay does it: until the bus takes it. */
    const publishUntilTaken = async (slices: Parameters<EventBus['publish']>[0]) => {
      while (
        !(await bus.publish(slices).then(
          () => true,
          () => false,
        ))
      );
    }

    it('is joined again after each cut, and nothing is lost', async () => {
      const { errors } = await join()
      const next = sliceChain(1)
      for (let round = 0; round < 5; round += 1) {
        await publishUntilTaken([next(2)])
        await reached(1, BigInt(round * 2 + 2))
        gate.cut()
      }
      expect(follow(journal.takenOf(1))).toMatchObject({ holes: [], position: 10n })
      expect(errors.every((error) => error instanceof Error)).toBe(true)
    })

    it('that is not there rejects what is published in time, and is used again when it is', {
      timeout: 60_000,
    }, async () => {
      const { consumption, errors } = await join()
      await allHeld()
      gate.down()
      await expect(bus.publish([busSlice(0, 0n, [1n])])).rejects.toThrow()
      await expect(bus.publish([busSlice(0, 0n, [1n])])).rejects.toThrow()
      await journal.until(() => errors.length > 0)
      expect(consumption.partitions()).toEqual([])
      gate.heal()
      await publishUntilTaken([busSlice(0, 0n, [1n])])
      await reached(0, 1n)
      expect(follow(journal.takenOf(0)).holes).toEqual([])
    })

    it('that answers no more, but closes nothing, is given up and joined again', { timeout: 90_000 }, async () => {
      await join()
      await allHeld()
      gate.freeze()
      await expect(bus.publish([busSlice(2, 0n, [1n])])).rejects.toThrow(/in time/)
      await journal.until(() => journal.holders.size === 0)
      gate.heal()
      await publishUntilTaken([busSlice(2, 0n, [1n])])
      await reached(2, 1n)
    })

    it('can be left while it is not there', async () => {
      const { consumption } = await join()
      await allHeld()
      gate.down()
      await consumption.close()
      expect(journal.holders.size).toBe(0)
      await bus.close()
    })

    it('can be consumed from before it is there', async () => {
      gate.down()
      await join()
      gate.heal()
      await publishUntilTaken([busSlice(1, 0n, [1n])])
      await reached(1, 1n)
    })

    it('keeps a member whose consumer takes longer than the session lasts', { timeout: 60_000 }, async () => {
      const finish = Promise.withResolvers<void>()
      const { errors } = await join(({ partition }) => (partition === 0 ? finish.promise : undefined))
      await bus.publish([busSlice(0, 0n, [1n])])
      // Longer than the session of six seconds; the others go on meanwhile.
      for (let position = 1n; position <= 16n; position += 1n) {
        await bus.publish([busSlice(1, position - 1n, [position])])
        await reached(1, position)
        await sleep(500)
      }
      finish.resolve()
      await reached(0, 1n)
      expect(errors).toEqual([])
      expect(journal.opened).toHaveLength(3)
    })
  },
)
