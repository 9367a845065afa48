/** Bytes of one request. Each piece is in memory until it is accepted, so pieces grow only while they arrive fast. */
const sizes = { least: 1024 * 1024, most: 8 * 1024 * 1024, fastMs: 2_000 }

export interface PieceSize {
  wanted(): number
  /** A piece was accepted after this time. */
  took(ms: number): void
}

export const createPieceSize = (): PieceSize => {
  let wanted = sizes.least
  return {
    wanted: () => wanted,
    took: (ms) => {
      if (ms < sizes.fastMs) wanted = Math.min(sizes.most, wanted * 2)
    },
  }
}
