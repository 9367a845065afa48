/** The newest checkpoint that was received: a connection resumes from it. Undefined before the first snapshot. */
export interface Position {
  newest(): string | undefined
  advance(checkpoint: string): void
}

export const createPosition = (stored: string | undefined): Position => {
  let received = stored
  return {
    newest: () => received,
    advance: (checkpoint) => {
      received = checkpoint
    },
  }
}
