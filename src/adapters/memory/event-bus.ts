import { type Hold, holdPartition, type SliceSource } from '../../event-log/bus/partition-hold.ts'
import type { BusSlice, Consumption, EventBus } from '../../ports/event-bus.ts'

interface Member {
  readonly holds: Map<number, Hold>
  readonly hold: (partition: number) => Hold
}

interface Group {
  /** For each partition, how many slices were taken or passed over. */
  readonly places: number[]
  readonly members: Member[]
  balancing: Promise<void>
}

interface Partition {
  /** How many slices were dropped before the first one here. */
  dropped: number
  readonly slices: BusSlice[]
}

/** Shared by the processes on one bus. */
export interface MemoryBusHub {
  readonly partitions: readonly Partition[]
  readonly groups: Map<string, Group>
  /** How many slices of a partition are kept at least; older ones go, whether they were taken or not. */
  readonly kept: number
}

export const createMemoryBusHub = (partitions: number, kept = 10_000): MemoryBusHub => ({
  partitions: Array.from({ length: partitions }, () => ({ dropped: 0, slices: [] })),
  groups: new Map(),
  kept,
})

const endOf = ({ dropped, slices }: Partition): number => dropped + slices.length

const add = (partition: Partition, slice: BusSlice, kept: number): void => {
  partition.slices.push(slice)
  if (partition.slices.length < kept * 2) return
  partition.dropped += partition.slices.length - kept
  partition.slices.splice(0, partition.slices.length - kept)
}

/** All members give back what belongs to others now, before any member takes more. */
const balance = async ({ members }: Group, partitions: number): Promise<void> => {
  const ownerOf = (partition: number) => members[partition % members.length]
  const released = members.map((member) => releasePartitions(member, (partition) => ownerOf(partition) !== member))
  await Promise.all(released)
  for (let partition = 0; partition < partitions; partition += 1) {
    const owner = ownerOf(partition)
    if (owner !== undefined && !owner.holds.has(partition)) owner.holds.set(partition, owner.hold(partition))
  }
}

const releasePartitions = async ({ holds }: Member, which: (partition: number) => boolean): Promise<void> => {
  const going = [...holds].filter(([partition]) => which(partition))
  await Promise.all(going.map(([, hold]) => hold.release()))
  for (const [partition] of going) holds.delete(partition)
}

const sourceOf = (places: number[], index: number, partition: Partition): SliceSource => {
  const place = () => Math.max(places[index] ?? 0, partition.dropped)
  let given = 0
  return {
    next: () => {
      given = place()
      return partition.slices[given - partition.dropped]
    },
    taken: () => {
      places[index] = given + 1
    },
  }
}

/** One process on the bus in memory, for tests and for a deployment in a single process. */
export const createMemoryBus = ({ partitions, groups, kept }: MemoryBusHub): EventBus => {
  const consumptions = new Set<Consumption>()
  let closed = false

  const open = (): void => {
    if (closed) throw new Error('The bus is closed')
  }

  const groupOf = (name: string, from: 'earliest' | 'latest'): Group => {
    const places = partitions.map((partition) => (from === 'latest' ? endOf(partition) : 0))
    const group = groups.get(name) ?? { places, members: [], balancing: Promise.resolve() }
    groups.set(name, group)
    return group
  }

  const wakeAll = (partition: number): void => {
    for (const { members } of groups.values()) for (const { holds } of members) holds.get(partition)?.wake()
  }

  const publish = (slice: BusSlice): void => {
    const partition = partitions[slice.partition]
    if (partition === undefined) throw new RangeError(`There is no partition ${slice.partition}`)
    add(partition, slice, kept)
    wakeAll(slice.partition)
  }

  const rebalance = (group: Group, before?: () => Promise<void>): Promise<void> => {
    group.balancing = group.balancing.then(before).then(() => balance(group, partitions.length))
    return group.balancing
  }

  const consumption = (group: Group, member: Member): Consumption => {
    const held = () => [...member.holds.keys()].sort((a, b) => a - b)
    const lagOf = (index: number): number => {
      const partition = partitions[index]
      return partition === undefined ? 0 : endOf(partition) - Math.max(group.places[index] ?? 0, partition.dropped)
    }
    const self: Consumption = {
      partitions: held,
      lag: async () => new Map(held().map((partition) => [partition, lagOf(partition)])),
      close: async () => {
        if (!consumptions.delete(self)) return group.balancing
        group.members.splice(group.members.indexOf(member), 1)
        await rebalance(group, () => releasePartitions(member, () => true))
      },
    }
    return self
  }

  return {
    partitions: partitions.length,
    publish: async (slices) => {
      open()
      for (const slice of slices) publish(slice)
    },
    consume: async (name, openPartition, { from, onError }) => {
      open()
      const group = groupOf(name, from)
      const hold = (index: number): Hold => {
        const partition = partitions[index] ?? { dropped: 0, slices: [] }
        return holdPartition(index, { source: sourceOf(group.places, index, partition), open: openPartition, onError })
      }
      const member = { holds: new Map(), hold }
      group.members.push(member)
      const joined = consumption(group, member)
      consumptions.add(joined)
      void rebalance(group)
      return joined
    },
    close: async () => {
      closed = true
      await Promise.all([...consumptions].map((one) => one.close()))
    },
  }
}
