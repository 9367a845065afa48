import { z } from 'zod'
import { isJudgement } from '../commands/refusal-rules.ts'
import { fromBase64, toBase64 } from '../encoding/base64.ts'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import { lifetimes, type OwnKeyPackage } from '../mls/commits/key-packages.ts'
import type { MlsEngine } from '../mls/mls-engine.ts'
import type { Directory } from '../rest/mls-directory.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { StoreWriter } from '../stores/store-writer.ts'
import type { ServerTime } from '../time/server-time.ts'
import type { Device } from '../trust/device-certificate.ts'

const record = z.object({
  id: z.string(),
  keyPackage: z.string(),
  initPrivateKey: z.string(),
  leafPrivateKey: z.string(),
  lastResort: z.boolean(),
  notAfter: z.int(),
  /** The server has confirmed that it has it. Older records do not say. */
  published: z.boolean().default(true),
})

/** The private halves of this device's key packages: each Welcome can be opened only with its own. */
export interface KeyPackageStock {
  all(): readonly OwnKeyPackage[]
  /** It opened a Welcome; answers what to store. The last-resort one is kept. */
  used(keyPackage: OwnKeyPackage): readonly StoreChange[]
  /** Publishes new ones when the server has few, or the last-resort one is old. */
  replenish(device: Device): Promise<void>
}

const enough = 50
const few = 20
const month = 30 * 24 * 60 * 60

interface StockedKeyPackage extends OwnKeyPackage {
  readonly published: boolean
}

const toRecord = (one: StockedKeyPackage): z.output<typeof record> => ({
  ...one,
  keyPackage: toBase64(one.keyPackage),
  initPrivateKey: toBase64(one.initPrivateKey),
  leafPrivateKey: toBase64(one.leafPrivateKey),
})

const fromRecord = (value: unknown): StockedKeyPackage => {
  const { keyPackage, initPrivateKey, leafPrivateKey, ...rest } = record.parse(value)
  return {
    ...rest,
    keyPackage: fromBase64(keyPackage),
    initPrivateKey: fromBase64(initPrivateKey),
    leafPrivateKey: fromBase64(leafPrivateKey),
  }
}

export interface KeyPackageStockDeps {
  readonly engine: Pick<MlsEngine, 'makeKeyPackages'>
  readonly directory: Pick<Directory, 'keyPackageCount' | 'publish'>
  readonly writer: StoreWriter
  readonly time: Pick<ServerTime, 'now' | 'earliest'>
}

export const loadKeyPackageStock = (
  stored: ReadonlyMap<string, unknown>,
  deps: KeyPackageStockDeps,
): KeyPackageStock => {
  const { engine, directory, writer, time } = deps
  const stock = new Map<string, StockedKeyPackage>()
  for (const [key, value] of stored) if (key.startsWith('kp/')) stock.set(key.slice(3), fromRecord(value))

  const seconds = (at: number) => Math.floor(at / 1000)
  /** One from a date that never came is handed out to nobody. */
  const isTimely = ({ notAfter }: OwnKeyPackage, now: number) =>
    notAfter > now + month && notAfter <= now + lifetimes.lastResort + month
  const hasLastResort = () =>
    [...stock.values()].some((one) => one.lastResort && one.published && isTimely(one, seconds(time.now())))
  /** A Welcome may come some time after its package has expired. */
  const outdated = () => [...stock.values()].filter(({ notAfter }) => notAfter + month < seconds(time.earliest()))

  const make = async (device: Device, missing: number, lastResort: boolean): Promise<readonly OwnKeyPackage[]> => [
    ...(await engine.makeKeyPackages(device, missing, { lastResort: false })),
    ...(lastResort ? await engine.makeKeyPackages(device, 1, { lastResort: true }) : []),
  ]
  const keep = async (some: readonly StockedKeyPackage[]) => {
    for (const one of some) stock.set(one.id, one)
    await writer.write(some.map((one) => ({ key: `kp/${one.id}`, value: toRecord(one) })))
  }
  const drop = async (some: readonly OwnKeyPackage[]) => {
    for (const { id } of some) stock.delete(id)
    await writer.write(some.map(({ id }): StoreChange => ({ key: `kp/${id}`, value: undefined })))
  }
  /**
   * Stored before they are published: if one were handed out and not stored here, nobody could open its Welcome.
   * What the server refuses is dropped. Without an answer they may or may not be handed out: they are kept, and
   * do not count.
   */
  const publish = async (made: readonly OwnKeyPackage[]) => {
    await drop(outdated())
    await keep(made.map((one) => ({ ...one, published: false })))
    try {
      await directory.publish(made)
    } catch (thrown) {
      if (isJudgement(toBackscrollError(thrown))) await drop(made)
      throw thrown
    }
    await keep(made.filter(({ lastResort }) => lastResort).map((one) => ({ ...one, published: true })))
  }
  return {
    all: () => [...stock.values()],
    used: ({ id, lastResort }) => {
      if (lastResort || !stock.delete(id)) return []
      return [{ key: `kp/${id}`, value: undefined }]
    },
    replenish: async (device) => {
      const { oneTime, lastResort } = await directory.keyPackageCount()
      const needsLast = !lastResort || !hasLastResort()
      if (oneTime >= few && !needsLast) return
      await publish(await make(device, Math.max(0, enough - oneTime), needsLast))
    },
  }
}
