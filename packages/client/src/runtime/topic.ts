/** Messages from one part of the client to parts that are built later. Calls them at once, in order. */
export interface Topic<Values extends readonly unknown[]> {
  tell(...values: Values): void
  on(hear: (...values: Values) => void): void
}

export const createTopic = <Values extends readonly unknown[]>(): Topic<Values> => {
  const ears: ((...values: Values) => void)[] = []
  return {
    tell: (...values) => {
      for (const hear of ears) hear(...values)
    },
    on: (hear) => void ears.push(hear),
  }
}
