import { createCapacity } from './delivery-capacity.ts'

export interface DeliveryLagOptions {
  /** Whether live delivery has passed this position. */
  readonly hasPassed: (position: bigint) => boolean
  /** How long an event may be on its way, in milliseconds. */
  readonly limitMs: number
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

/**
 * What this process has accepted and live delivery has not told yet, by time. A path counts as behind when it is
 * late and moves: one that stands still has an outage, which refusing commands does not mend.
 */
export interface DeliveryLag {
  /** It became durable at this position. */
  accepted(position: bigint): void
  /** For how long the oldest of them has been on its way, in milliseconds. */
  ageMs(): number
  isBehind(): boolean
  /** How many are delivered in time, as far as can be told; undefined while it keeps up: any number. */
  room(): Room | undefined
  /** A user was refused for lack of capacity. */
  refused(): void
}

export interface Room {
  readonly size: number
  readonly left: number
}

interface Step {
  readonly at: number
  position: bigint
  count: number
}

/** What is accepted within this time is one step; beyond this many steps the last one grows. */
const stepMs = 20
const maxSteps = 4_096
/** Nothing has passed for this long: it stands still. */
const standsMs = 2_000
/** The share of the observed throughput that is used: a little is left for what is measured late. */
const share = 0.75
/**
 * This many are admitted whatever was measured: a path that is late with fewer has stalled, and they do not cause
 * it.
 */
const leastRoom = 64
/** Looked at for every command, but not more often than this. */
const lookEveryMs = 10

export const createDeliveryLag = ({ hasPassed, limitMs, now }: DeliveryLagOptions): DeliveryLag => {
  const steps: Step[] = []
  const capacity = createCapacity(now)
  let outstanding = 0
  let movedAt = Number.NEGATIVE_INFINITY
  let lookedAt = movedAt

  const ageOf = (step: Step | undefined): number => (step === undefined ? 0 : now() - step.at)

  const look = (): void => {
    if (now() - lookedAt < lookEveryMs) return
    lookedAt = now()
    let passed = 0
    for (let first = steps[0]; first !== undefined && hasPassed(first.position); first = steps[0]) {
      passed += first.count
      steps.shift()
    }
    outstanding -= passed
    if (passed > 0) movedAt = now()
    capacity.pass(passed, ageOf(steps[0]) >= limitMs / 2)
  }

  const stands = (): boolean => now() - movedAt >= standsMs

  return {
    accepted: (position) => {
      const last = steps.at(-1)
      outstanding += 1
      if (last !== undefined && (now() - last.at < stepMs || steps.length >= maxSteps)) {
        last.count += 1
        if (position > last.position) last.position = position
      } else steps.push({ at: now(), position, count: 1 })
    },
    ageMs: () => {
      look()
      return ageOf(steps[0])
    },
    isBehind: () => {
      look()
      return outstanding >= leastRoom && ageOf(steps[0]) >= limitMs && !stands()
    },
    room: () => {
      look()
      const perMs = capacity.perMs()
      if (perMs === undefined || stands()) return undefined
      const size = Math.max(leastRoom, perMs * limitMs * share)
      return { size, left: size - outstanding }
    },
    refused: capacity.limits,
  }
}
