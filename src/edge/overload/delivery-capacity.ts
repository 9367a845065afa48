/** How much a path delivers; known while it has had more to do than it could, and for a while after. */
export interface Capacity {
  /** This many have passed since the last call; `isBusy`: more wait than could pass. */
  pass(count: number, isBusy: boolean): void
  /** A user was refused because of this capacity. */
  limits(): void
  /** Events a millisecond. */
  perMs(): number | undefined
}

const sliceMs = 100
const slices = 5
/** The factor by which it may fall during all slices: a stall is not what the path can do. */
const decay = 0.8
/** The factor by which it grows in that time while it limits and the path keeps up: more might be possible. */
const growth = 1.1
const forgottenMs = 10_000

export const createCapacity = (now: () => number): Capacity => {
  let recent: number[] = []
  let current = 0
  let sliceAt = now()
  let perMs: number | undefined
  let limitedAt = Number.NEGATIVE_INFINITY
  let mattersAt = limitedAt
  let changedAt = sliceAt

  const turn = (at: number): void => {
    if (at - sliceAt < sliceMs) return
    recent = [current / (at - sliceAt), ...recent].slice(0, slices)
    current = 0
    sliceAt = at
  }

  /** The present factor. */
  const change = (at: number, factor: number): number => {
    if (at - changedAt < sliceMs * slices) return 1
    changedAt = at
    return factor
  }

  const learn = (at: number): void => {
    const seen = recent.reduce((sum, rate) => sum + rate, 0) / recent.length
    perMs = Math.max(seen, (perMs ?? 0) * change(at, decay))
    mattersAt = at
  }

  const probe = (at: number): void => {
    if (perMs !== undefined && at - limitedAt < sliceMs * slices) perMs *= change(at, growth)
    if (at - mattersAt >= forgottenMs) perMs = undefined
  }

  return {
    pass: (count, isBusy) => {
      const at = now()
      current += count
      turn(at)
      if (isBusy && recent.length > 0) learn(at)
      else probe(at)
    },
    limits: () => {
      limitedAt = now()
      mattersAt = limitedAt
    },
    perMs: () => perMs,
  }
}
