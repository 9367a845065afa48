import type { IdentityStatement, Revocation, Succession } from '@backscroll/protocol/identity-statements'
import type { RecoveryRecord } from '@backscroll/protocol/recovery-record'
import { certifiedDevices, type DeviceList, deviceList, type newDevice } from '@backscroll/protocol/rest/devices'
import { done } from '@backscroll/protocol/rest/done'
import { eventPage } from '@backscroll/protocol/rest/events'
import { type GroupState, groupState } from '@backscroll/protocol/rest/groups'
import { type identityReset, recoveryBlob } from '@backscroll/protocol/rest/identity'
import {
  claimed,
  type KeyPackageCount,
  keyPackageCount,
  type offeredKeyPackages,
} from '@backscroll/protocol/rest/key-packages'
import { memberPage } from '@backscroll/protocol/rest/members'
import type { Body } from '@backscroll/protocol/rest/readonly-body'
import { acknowledgeWelcome, type Welcome, welcomePage } from '@backscroll/protocol/rest/welcomes'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { z } from 'zod'
import { fromBase64, toBase64 } from '../encoding/base64.ts'
import { owned, toHex } from '../encoding/bytes.ts'
import { E2eeError } from '../errors/e2ee-error.ts'
import type { ClaimedKeyPackage } from '../mls/commits/create-commit.ts'
import type { OwnKeyPackage } from '../mls/commits/key-packages.ts'
import type { Rest } from './rest-client.ts'

export interface ClaimedDevices {
  readonly packages: readonly ClaimedKeyPackage[]
  /** Devices with keys that have no key package left, or only expired ones. */
  readonly without: number
  readonly statements: readonly IdentityStatement[]
}

export type Registration = Body<typeof newDevice>
export type Reset = Body<typeof identityReset>

/** What the server says about a user's devices. */
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
  /** Without a signature: nobody but the server is told. */
  revoke(deviceId: string): Promise<void>
  revokeSigned(statement: Revocation): Promise<void>
  renew(succession: Succession): Promise<void>
  reset(beginning: Reset): Promise<void>
  /** Base64; what the recovery key opens. */
  recovery(): Promise<string>
  putRecovery(record: RecoveryRecord): Promise<void>
  keyPackageCount(): Promise<KeyPackageCount>
  publish(packages: readonly OwnKeyPackage[]): Promise<void>
  claim(userId: string, claimId: string): Promise<ClaimedDevices>
  groupInfo(conversationId: string): Promise<GroupState>
  /** User ids. */
  members(conversationId: string): Promise<readonly string[]>
  welcomes(): Promise<readonly Welcome[]>
  acknowledgeWelcome(conversationId: string, revision: number): Promise<void>
  /** Undefined where there is none that this user may see. */
  eventAt(conversationId: string, revision: number): Promise<WireEvent | undefined>
  /**
   * `atLeast`: the position of the event that names it, if it is known. Rejects with `malformed` when other bytes
   * come.
   */
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
  /** For answers that only confirm. */
  const post = async (path: string, body: object) =>
    void (await rest.request({ method: 'POST', path, body, schema: done }))
  return {
    devices: () => rest.read({ path: '/devices', schema: deviceList }),
    devicesOf: async (userId) => {
      const answer = await rest.read({ path: `/users/${part(userId)}/devices`, schema: certifiedDevices })
      return { count: answer.devices.length, statements: answer.statements }
    },
    register: (device) => post('/devices', device),
    rename: async (id, name) =>
      void (await rest.request({ method: 'PATCH', path: `/devices/${part(id)}`, body: { name }, schema: done })),
    revoke: async (id) => void (await rest.request({ method: 'DELETE', path: `/devices/${part(id)}`, schema: done })),
    revokeSigned: (statement) => post('/devices/revocations', { statement }),
    renew: (succession) => post('/me/identity/renewal', { succession }),
    reset: (beginning) => post('/me/identity/reset', beginning),
    recovery: async () => (await rest.read({ path: '/me/recovery', schema: recoveryBlob })).blob,
    putRecovery: async (record) =>
      void (await rest.request({ method: 'PUT', path: '/me/recovery', body: record, schema: done })),
    keyPackageCount: () => rest.read({ path: `${own}/key-packages/count`, schema: keyPackageCount }),
    publish: async (packages) => {
      const [last] = packages.filter(({ lastResort }) => lastResort)
      const body: Body<typeof offeredKeyPackages> = {
        keyPackages: packages.filter(({ lastResort }) => !lastResort).map(({ keyPackage }) => toBase64(keyPackage)),
        ...(last && { lastResort: toBase64(last.keyPackage) }),
      }
      await rest.request({ method: 'POST', path: `${own}/key-packages`, body, schema: keyPackageCount })
    },
    claim: async (userId, claimId) => {
      const path = `/users/${part(userId)}/key-packages/claim`
      const answer = await rest.request({ method: 'POST', path, body: { claimId }, schema: claimed })
      const found = answer.packages.map((one) => ({ ...one, userId, keyPackage: fromBase64(one.keyPackage) }))
      return { packages: found, without: answer.without.length, statements: answer.statements }
    },
    groupInfo: (id) => rest.read({ path: `/conversations/${part(id)}/group-info`, schema: groupState }),
    members: async (id) =>
      (await readAll(`/conversations/${part(id)}/members`, memberPage)).map(({ userId }) => userId),
    welcomes: () => readAll(`${own}/welcomes`, welcomePage),
    acknowledgeWelcome: async (conversationId, revision) => {
      const body: Body<typeof acknowledgeWelcome> = { conversationId, revision }
      await rest.request({ method: 'POST', path: `${own}/welcomes/ack`, body, schema: acknowledgeWelcome })
    },
    eventAt: async (id, revision) => {
      const query = { from: revision, limit: 1 }
      const { events } = await rest.read({ path: `/conversations/${part(id)}/events`, query, schema: eventPage })
      return events.find((event) => event.revision === revision && event.stream.id === id)
    },
    blob: async (id, hash, atLeast) => {
      const bytes = await rest.bytes(`/conversations/${part(id)}/blobs/${part(hash)}`, { atLeast })
      // The bytes must match the hash in the event.
      if ((await hashOf(bytes)) !== hash) throw new E2eeError('malformed', { reason: 'blob' })
      return bytes
    },
  }
}
