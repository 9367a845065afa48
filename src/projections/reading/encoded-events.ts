/**
 * Wire events as JSON texts joined by commas, in pieces that other readers are sent as well: ASCII, and must not be
 * changed.
 */
export interface EncodedEvents {
  readonly count: number
  readonly pieces: readonly Buffer[]
}

export const textOf = ({ pieces }: EncodedEvents): string => pieces.map((piece) => piece.toString('latin1')).join('')
