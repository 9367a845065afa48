/**
 * A place in the life of a conversation's groups. The later of two has the higher generation, then the higher
 * epoch.
 */
export interface Place {
  readonly generation: number
  readonly epoch: number
}

export const isLater = (one: Place, other: Place): boolean =>
  one.generation > other.generation || (one.generation === other.generation && one.epoch > other.epoch)

export const later = (one: Place, other: Place): Place => (isLater(other, one) ? other : one)
