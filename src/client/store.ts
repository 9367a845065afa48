/** A JSON value under a key; `undefined` deletes the key. */
export interface StoreChange {
  readonly key: string
  readonly value: unknown
}

/**
 * Where a device keeps what must survive a restart. One store belongs to one device and to one running client.
 *
 * `write`: atomic (all of it or none after a crash), durable when it resolves, applied in the order of the calls, also when the earlier
 * ones have not resolved. Rejects when nothing was stored. `load`: everything, called once before the first write.
 */
export interface ClientStore {
  load(): Promise<ReadonlyMap<string, unknown>>
  write(changes: readonly StoreChange[]): Promise<void>
  /** Resolves when all writes that were asked for are done. */
  close(): Promise<void>
}

export const applyChanges = (records: Map<string, unknown>, changes: readonly StoreChange[]): void => {
  for (const { key, value } of changes)
    if (value === undefined) records.delete(key)
    else records.set(key, value)
}
