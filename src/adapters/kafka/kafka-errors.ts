const causesOf = function* (error: unknown): Generator<Error> {
  for (let at = error; at instanceof Error; at = at.cause) {
    yield at
    if ('errors' in at && Array.isArray(at.errors)) for (const inner of at.errors) yield* causesOf(inner)
  }
}

/**
 * Whether Kafka's own name for the error, such as `INVALID_REPLICATION_FACTOR`, is one of these, also where kafkajs
 * has wrapped it.
 */
export const isKafkaError = (error: unknown, ...types: readonly string[]): boolean =>
  [...causesOf(error)].some((one) => 'type' in one && types.some((type) => one.type === type))

/** The innermost message: what happened, without the attempts to handle it. */
export const reasonOf = (error: unknown): string => [...causesOf(error)].at(-1)?.message ?? String(error)
