import { z } from 'zod'
import { fromBase64, toBase64 } from '../base64.ts'
import type { ClientStore, StoreChange } from '../store.ts'
import { aesFrom, open, seal } from './aes.ts'
import { fromUtf8, utf8 } from './bytes.ts'
import { E2eeError } from './e2ee-error.ts'
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

/** A change as JSON text, taken at once: the caller may change the value afterwards. */
interface Plain {
  readonly key: string
  readonly json: string | undefined
}

const toPlain = ({ key, value }: StoreChange): Plain => ({
  key,
  json: value === undefined ? undefined : JSON.stringify({ key, value }),
})

const nameOf = async ({ names }: Keys, key: string): Promise<string> =>
  toBase64(new Uint8Array(await crypto.subtle.sign('HMAC', names, utf8(key))))

/** The name is bound to the value: values cannot be exchanged. */
const toSealed = async (keys: Keys, { key, json }: Plain): Promise<StoreChange> => {
  const name = await nameOf(keys, key)
  return { key: name, value: json && toBase64(await seal(keys.values, utf8(json), utf8(name))) }
}

const record = z.object({ key: z.string(), value: z.unknown() })

const toRecord = async ({ values }: Keys, name: string, value: unknown): Promise<[string, unknown]> => {
  if (typeof value !== 'string') throw new E2eeError('wrong_key')
  const { key, value: content } = record.parse(JSON.parse(fromUtf8(await open(values, fromBase64(value), utf8(name)))))
  return [key, content]
}

/**
 * Any store, encrypted: AES-256-GCM for values, HMAC for names. Whoever reads the disk learns how many records there are and how long they are.
 * Older copies of the whole store cannot be told from the newest. `load` throws `wrong_key`.
 */
export const createEncryptedStore = (inner: ClientStore, key: StoreKey): ClientStore => {
  const keys = deriveKeys(key)
  keys.catch(() => {})
  let turn: Promise<unknown> = Promise.resolve()
  const sealAll = async (changes: readonly Plain[]): Promise<StoreChange[]> => {
    const ready = await keys
    return Promise.all(changes.map((change) => toSealed(ready, change)))
  }
  return {
    load: async () => {
      const ready = await keys
      const entries = [...(await inner.load())].map(([name, value]) => toRecord(ready, name, value))
      return new Map(await Promise.all(entries))
    },
    write: (changes) => {
      // Sealing may overtake; handing over may not, nor does it wait until the earlier writes are on disk.
      const sealed = sealAll(changes.map(toPlain))
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
