import { z } from 'zod'
import { aesFrom, open, seal } from '../crypto/aes.ts'
import { fromBase64, toBase64, toBase64Url } from '../encoding/base64.ts'
import { fromUtf8, utf8 } from '../encoding/bytes.ts'
import { E2eeError } from '../errors/e2ee-error.ts'
import type { ClientStore, OpenedStore, StoreChange, StoredRecord, StoreRange, StoreReads } from './client-store.ts'
import { leftOut } from './lazy-records.ts'
import type { StoreKey } from './store-key.ts'

const info = { values: 'backscroll store values v1', names: 'backscroll store names v1' }

const namesKey = (key: StoreKey): Promise<CryptoKey> =>
  crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8(info.names) },
    key,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign'],
  )

const deriveKeys = async (key: StoreKey) => ({
  values: await aesFrom(key, new Uint8Array(), info.values),
  names: await namesKey(key),
})

type Keys = Awaited<ReturnType<typeof deriveKeys>>

/** A change as JSON text, made at once, because the caller may change the value afterwards. */
interface Plain {
  readonly key: string
  readonly json: string | undefined
}

const toPlain = ({ key, value }: StoreChange): Plain => ({
  key,
  json: value === undefined ? undefined : JSON.stringify({ key, value }),
})

const macOf = async ({ names }: Keys, text: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.sign('HMAC', names, utf8(text)))

/**
 * Records that are left out at a start are read by ranges, so their names keep their order: `kind/<hidden
 * owner>/numbers`.
 */
const nameOf = async (keys: Keys, key: string, leftOut: readonly string[]): Promise<string> => {
  if (!leftOut.some((prefix) => key.startsWith(prefix))) return toBase64(await macOf(keys, key))
  const [kind, id, ...rest] = key.split('/')
  return [kind, toBase64Url(await macOf(keys, `${kind}/${id}`)), ...rest].join('/')
}

/** The name is bound to the value: values cannot be exchanged. */
const toSealed = async (keys: Keys, { key, json }: Plain, leftOut: readonly string[]): Promise<StoreChange> => {
  const name = await nameOf(keys, key, leftOut)
  return { key: name, value: json && toBase64(await seal(keys.values, utf8(json), utf8(name))) }
}

const record = z.object({ key: z.string(), value: z.unknown() })

const toRecord = async ({ values }: Keys, name: string, value: unknown): Promise<StoredRecord> => {
  if (typeof value !== 'string') throw new E2eeError('wrong_key')
  const { key, value: content } = record.parse(JSON.parse(fromUtf8(await open(values, fromBase64(value), utf8(name)))))
  return [key, content]
}

/** How many records are moved at once. */
const batch = 500

/**
 * Any store, encrypted: AES-256-GCM for values, HMAC for names. A reader of the disk learns how many records there
 * are and how long they are. Where the store can leave out messages at a start, the reader also learns how many
 * messages are in how many conversations, and which refer to which. An older copy of the whole store cannot be told
 * from the newest. `load` and `open` throw `wrong_key`.
 */
export const createEncryptedStore = (inner: ClientStore, key: StoreKey): ClientStore => {
  const keys = deriveKeys(key)
  // Every later read or write rejects with it.
  keys.catch(() => {})
  let turn: Promise<unknown> = Promise.resolve()
  /** The kinds whose names keep an order: none, where the store has to be loaded whole. */
  const ordered: readonly string[] = inner.open === undefined ? [] : leftOut
  const sealAll = async (changes: readonly Plain[]): Promise<StoreChange[]> => {
    const ready = await keys
    return Promise.all(changes.map((change) => toSealed(ready, change, ordered)))
  }
  const openAll = async (records: Iterable<StoredRecord>): Promise<StoredRecord[]> => {
    const ready = await keys
    return Promise.all([...records].map(([name, value]) => toRecord(ready, name, value)))
  }
  const isOrdered = (key: string) => ordered.some((prefix) => key.startsWith(prefix))

  /** Earlier versions hid the order of all names. */
  const move = async (found: readonly { readonly name: string; readonly record: StoredRecord }[]) => {
    const [old, ready] = [found.filter(({ record: [key] }) => isOrdered(key)), await keys]
    for (let at = 0; at < old.length; at += batch) {
      const some = old.slice(at, at + batch)
      const plain = some.map(({ record: [key, value] }) => toPlain({ key, value }))
      const sealed = await Promise.all(plain.map((one) => toSealed(ready, one, ordered)))
      await inner.write([...sealed, ...some.map(({ name }) => ({ key: name, value: undefined }))])
    }
  }
  const openRecords = async (found: ReadonlyMap<string, unknown>): Promise<readonly StoredRecord[]> => {
    const records = await openAll(found)
    const named = [...found.keys()].flatMap((name, index) => {
      const one = records[index]
      return one === undefined || isOrdered(name) ? [] : [{ name, record: one }]
    })
    await move(named)
    return records
  }
  /** A prefix is one of a kind, or continues at a slash. */
  const rangeOf = async ({ prefix, after, limit }: StoreRange): Promise<StoreRange> => {
    const ready = await keys
    const isKind = ordered.includes(prefix)
    return {
      prefix: isKind ? prefix : await nameOf(ready, prefix, ordered),
      limit,
      ...(after !== undefined && { after: await nameOf(ready, after, ordered) }),
    }
  }
  const readsOf = (ready: Keys, reads: StoreReads): StoreReads => ({
    get: async (one) => {
      const name = await nameOf(ready, one, ordered)
      const value = await reads.get(name)
      return value === undefined ? undefined : (await toRecord(ready, name, value))[1]
    },
    range: async (range) => openAll(await reads.range(await rangeOf(range))),
  })
  const openInner = inner.open?.bind(inner)
  const openStore = openInner && {
    open: async (without: readonly string[]): Promise<OpenedStore> => {
      const [ready, { records, reads }] = [await keys, await openInner(without)]
      const found = await openRecords(records)
      return { records: new Map(found.filter(([one]) => !isOrdered(one))), reads: readsOf(ready, reads) }
    },
  }
  return {
    load: async () => new Map(await openRecords(await inner.load())),
    ...openStore,
    // Files are sealed already, each under its own key.
    ...(inner.files && { files: inner.files }),
    write: (changes) => {
      // Sealing may overtake, but handing over may not; and it does not wait until the earlier writes are on disk.
      const sealed = sealAll(changes.map(toPlain))
      // The returned promise tells it.
      sealed.catch(() => {})
      const handedOver = turn.then(() => sealed).then((ready) => ({ written: inner.write(ready) }))
      turn = handedOver.catch(() => {})
      return handedOver.then(({ written }) => written)
    },
    close: async () => {
      await turn
      await inner.close()
    },
  }
}
