import { type Voucher, voucherChain } from '@backscroll/protocol/device-credential'
import {
  type IdentityStatement,
  identityStatement,
  type Revocation,
  type Succession,
} from '@backscroll/protocol/identity-statements'
import { limits } from '@backscroll/protocol/limits'
import type { RecoveryRecord } from '@backscroll/protocol/recovery-record'
import { type WireEvent, wireEvent } from '@backscroll/protocol/server-frames'
import { z } from 'zod'
import { fromBase64, toBase64 } from '../encoding/base64.ts'
import { owned, toHex } from '../encoding/bytes.ts'
import { E2eeError } from '../errors/e2ee-error.ts'
import type { ClaimedKeyPackage } from '../mls/commits/create-commit.ts'
import type { OwnKeyPackage } from '../mls/commits/key-packages.ts'
import type { Rest } from './rest-client.ts'

/** What the server keeps for devices and groups, over REST. All of it is checked by who uses it. */
const deviceList = z.object({
  identityKey: z.string().nullable(),
  devices: z.array(
    z.object({
      deviceId: z.string(),
      name: z.string().nullable(),
      signatureKey: z.string().nullable(),
      certificate: z.string().nullable(),
      chain: voucherChain.optional(),
      addedAt: z.int(),
    }),
  ),
  statements: z.array(identityStatement).default([]),
  limit: z.int().default(1_000),
  recovery: z.boolean().default(false),
  recoveryNumber: z.int().default(0),
})
const certified = z.object({ devices: z.array(z.unknown()), statements: z.array(identityStatement).default([]) })
const count = z.object({ oneTime: z.int(), lastResort: z.boolean() })
const claimed = z.object({
  packages: z.array(z.object({ deviceId: z.string(), keyPackage: z.string() })),
  without: z.array(z.string()),
  statements: z.array(identityStatement).default([]),
})
const groupInfo = z.object({
  generation: z.int(),
  epoch: z.int(),
  /** The revision of the event that changed the group last. */
  revision: z.int(),
  groupInfo: z.string().nullable(),
  /** No more than members. */
  departures: z.array(z.int()).max(limits.members),
  leaves: z.array(z.object({ userId: z.string(), deviceId: z.string(), leaf: z.int() })),
})
const welcome = z.object({
  conversationId: z.string(),
  revision: z.int(),
  generation: z.int(),
  welcome: z.object({ hash: z.string() }),
})
const welcomePage = z.object({ items: z.array(welcome), cursor: z.string().optional() })
const memberPage = z.object({ items: z.array(z.object({ userId: z.string() })), cursor: z.string().optional() })
const recovery = z.object({ blob: z.string() })
const eventPage = z.object({ events: z.array(wireEvent) })
const anything = z.unknown()

export type DeviceList = z.output<typeof deviceList>
export type WaitingWelcome = z.output<typeof welcome>
export type GroupInfoAnswer = z.output<typeof groupInfo>

export interface ClaimedDevices {
  readonly packages: readonly ClaimedKeyPackage[]
  /** Devices with keys that have no key package left, or expired ones. */
  readonly without: number
  readonly statements: readonly IdentityStatement[]
}

export interface Registration {
  readonly signatureKey: string
  readonly certificate: string
  readonly chain?: readonly Voucher[]
  readonly identityKey?: string
  readonly name?: string
  /** By the identity key: makes room. */
  readonly revocation?: Revocation
}

export interface Reset extends Registration {
  readonly identityKey: string
  readonly password?: string
}

/** What the server says of a user's devices. */
export interface ToldDevices {
  /** Certified ones. */
  readonly count: number
  readonly statements: readonly IdentityStatement[]
}

export interface Directory {
  devices(): Promise<DeviceList>
  devicesOf(userId: string): Promise<ToldDevices>
  register(device: Registration): Promise<void>
  rename(deviceId: string, name: string | null): Promise<void>
  /** Without a signature: nobody but the server knows. */
  revoke(deviceId: string): Promise<void>
  revokeSigned(statement: Revocation): Promise<void>
  renew(succession: Succession): Promise<void>
  reset(beginning: Reset): Promise<void>
  /** Base64; what the recovery key opens. */
  recovery(): Promise<string>
  putRecovery(record: RecoveryRecord): Promise<void>
  keyPackageCount(): Promise<z.output<typeof count>>
  publish(packages: readonly OwnKeyPackage[]): Promise<void>
  claim(userId: string, claimId: string): Promise<ClaimedDevices>
  groupInfo(conversationId: string): Promise<GroupInfoAnswer>
  /** User ids. */
  members(conversationId: string): Promise<readonly string[]>
  welcomes(): Promise<readonly WaitingWelcome[]>
  acknowledgeWelcome(conversationId: string, revision: number): Promise<void>
  /** Undefined where there is none that this user may see. */
  eventAt(conversationId: string, revision: number): Promise<WireEvent | undefined>
  /** `atLeast`: the position of the event that names it, if it is known. Rejects with `malformed` when other bytes come. */
  blob(conversationId: string, hash: string, atLeast?: string): Promise<Uint8Array>
}

const part = encodeURIComponent
const hashOf = async (bytes: Uint8Array): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', owned(bytes))))
type Page<Item> = { readonly items: readonly Item[]; readonly cursor?: string | undefined }

export const createDirectory = (rest: Rest, deviceId: string): Directory => {
  const own = `/devices/${part(deviceId)}`
  const readAll = async <Item>(path: string, schema: z.ZodType<Page<Item>>): Promise<readonly Item[]> => {
    const all: Item[] = []
    let cursor: string | undefined
    do {
      const page: Page<Item> = await rest.read({ path, query: { cursor }, schema })
      all.push(...page.items)
      cursor = page.cursor
    } while (cursor !== undefined)
    return all
  }
  const post = async (path: string, body: unknown) =>
    void (await rest.request({ method: 'POST', path, body, schema: anything }))
  return {
    devices: () => rest.read({ path: '/devices', schema: deviceList }),
    devicesOf: async (userId) => {
      const answer = await rest.read({ path: `/users/${part(userId)}/devices`, schema: certified })
      return { count: answer.devices.length, statements: answer.statements }
    },
    register: (device) => post('/devices', device),
    rename: async (id, name) =>
      void (await rest.request({ method: 'PATCH', path: `/devices/${part(id)}`, body: { name }, schema: anything })),
    revoke: async (id) =>
      void (await rest.request({ method: 'DELETE', path: `/devices/${part(id)}`, schema: anything })),
    revokeSigned: (statement) => post('/devices/revocations', { statement }),
    renew: (succession) => post('/me/identity/renewal', { succession }),
    reset: (beginning) => post('/me/identity/reset', beginning),
    recovery: async () => (await rest.read({ path: '/me/recovery', schema: recovery })).blob,
    putRecovery: async (record) =>
      void (await rest.request({ method: 'PUT', path: '/me/recovery', body: record, schema: anything })),
    keyPackageCount: () => rest.read({ path: `${own}/key-packages/count`, schema: count }),
    publish: async (packages) => {
      const [last] = packages.filter(({ lastResort }) => lastResort)
      await post(`${own}/key-packages`, {
        keyPackages: packages.filter(({ lastResort }) => !lastResort).map(({ keyPackage }) => toBase64(keyPackage)),
        ...(last && { lastResort: toBase64(last.keyPackage) }),
      })
    },
    claim: async (userId, claimId) => {
      const path = `/users/${part(userId)}/key-packages/claim`
      const answer = await rest.request({ method: 'POST', path, body: { claimId }, schema: claimed })
      const found = answer.packages.map((one) => ({ ...one, userId, keyPackage: fromBase64(one.keyPackage) }))
      return { packages: found, without: answer.without.length, statements: answer.statements }
    },
    groupInfo: (id) => rest.read({ path: `/conversations/${part(id)}/group-info`, schema: groupInfo }),
    members: async (id) =>
      (await readAll(`/conversations/${part(id)}/members`, memberPage)).map(({ userId }) => userId),
    welcomes: () => readAll(`${own}/welcomes`, welcomePage),
    acknowledgeWelcome: (conversationId, revision) => post(`${own}/welcomes/ack`, { conversationId, revision }),
    eventAt: async (id, revision) => {
      const query = { from: revision, limit: 1 }
      const { events } = await rest.read({ path: `/conversations/${part(id)}/events`, query, schema: eventPage })
      return events.find((event) => event.revision === revision && event.stream.id === id)
    },
    blob: async (id, hash, atLeast) => {
      const bytes = await rest.bytes(`/conversations/${part(id)}/blobs/${part(hash)}`, { atLeast })
      // What an event names is these bytes and no others.
      if ((await hashOf(bytes)) !== hash) throw new E2eeError('malformed', { reason: 'blob' })
      return bytes
    },
  }
}
