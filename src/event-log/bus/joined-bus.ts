import type { BusSlice, Consumption, EventBus } from '../../ports/event-bus.ts'

const joined = <Value>(maps: readonly ReadonlyMap<number, Value>[], partitions: number): ReadonlyMap<number, Value> =>
  new Map(maps.flatMap((map, index) => [...map].map(([partition, value]) => [index * partitions + partition, value])))

/**
 * The buses of several logs as one: their partitions are numbered consecutively, see `Partitioning`. One that fails
 * holds up only what goes over it. All have the same number of partitions.
 */
export const createJoinedBus = (buses: readonly EventBus[]): EventBus => {
  const [first] = buses
  if (first === undefined) throw new RangeError('there is no bus')
  if (buses.length === 1) return first
  const { partitions } = first
  const indexOf = ({ partition }: BusSlice): number => Math.floor(partition / partitions)

  const busAt = (index: number): EventBus => {
    const bus = buses[index]
    if (bus === undefined) throw new RangeError(`There is no partition ${index * partitions}`)
    return bus
  }

  const joinedConsumption = (all: readonly Consumption[]): Consumption => ({
    partitions: () => all.flatMap((one, index) => one.partitions().map((own) => index * partitions + own)),
    lag: async () => joined(await Promise.all(all.map((one) => one.lag())), partitions),
    close: async () => void (await Promise.all(all.map((one) => one.close()))),
  })

  return {
    partitions: buses.length * partitions,
    publish: async (slices) => {
      const own = (slice: BusSlice): BusSlice => ({ ...slice, partition: slice.partition % partitions })
      const byBus = [...Map.groupBy(slices, indexOf)]
      await Promise.all(byBus.map(([index, some]) => busAt(index).publish(some.map(own))))
    },
    consume: async (group, open, options) =>
      joinedConsumption(
        await Promise.all(
          buses.map((bus, index) => {
            const counted = (partition: number): number => index * partitions + partition
            return bus.consume(
              group,
              async (partition) => {
                const consumer = await open(counted(partition))
                return {
                  ...consumer,
                  take: (slice) => consumer.take({ ...slice, partition: counted(slice.partition) }),
                }
              },
              options,
            )
          }),
        ),
      ),
    close: async () => void (await Promise.all(buses.map((bus) => bus.close()))),
  }
}
