import type { Archive } from '@backscroll/protocol/rest/archives'
import { toBase64 } from '../encoding/base64.ts'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { Device } from '../trust/device-certificate.ts'
import { isRequestGenuine, newArchiveKey, sealOffer, type TransferPlace } from './archive-keys.ts'
import type { ArchiveServer } from './archive-server.ts'
import type { ExportSources } from './export-records.ts'
import type { OwnDeviceKeys } from './own-device-keys.ts'
import { type Outgoing, outgoing, outgoingKey } from './transfer-records.ts'
import { writePieces } from './write-pieces.ts'

export interface ShareHistoryDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly stored: ReadonlyMap<string, unknown>
  readonly server: ArchiveServer
  readonly sources: ExportSources
  readonly device: () => Device
  readonly ownDeviceKeys: OwnDeviceKeys
  /** Brings this device up to date with deletions, and removes what has expired. */
  readonly settle: () => Promise<void>
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  readonly patiently: <Value>(step: () => Promise<Value>) => Promise<Value>
}

/** The archive is over, or another device writes it. */
const passed: ReadonlySet<string> = new Set(['not_found', 'archive_taken', 'archive_piece', 'unknown_media'])

const loadOutgoing = (stored: ReadonlyMap<string, unknown>): Map<string, Outgoing> => {
  const jobs = new Map<string, Outgoing>()
  for (const [key, value] of stored) {
    const job = key.startsWith(outgoingKey('')) ? outgoing.safeParse(value).data : undefined
    if (job !== undefined) jobs.set(job.archiveId, job)
  }
  return jobs
}

/** The older device's side: writes the history for each of the user's devices that asks for it. */
export const createShareHistory = (deps: ShareHistoryDeps) => {
  const { me, server, device, ownDeviceKeys, write, patiently } = deps
  const jobs = loadOutgoing(deps.stored)

  const put = async (job: Outgoing) => {
    jobs.set(job.archiveId, job)
    await write([{ key: outgoingKey(job.archiveId), value: job }])
  }
  const forget = async (archiveId: string) => {
    jobs.delete(archiveId)
    await write([{ key: outgoingKey(archiveId), value: undefined }])
  }
  const placeOf = ({ archiveId, deviceId, key }: Archive): TransferPlace | undefined =>
    key === null ? undefined : { userId: me.userId, archiveId, deviceId, publicKey: key }

  const isGenuine = async ({ deviceId, signature }: Archive, place: TransferPlace): Promise<boolean> => {
    const signatureKey = (await ownDeviceKeys()).get(deviceId)
    if (signatureKey === undefined || signature === null) return false
    return isRequestGenuine(signatureKey, place, signature)
  }
  const begin = async (place: TransferPlace): Promise<Outgoing> => {
    const key = newArchiveKey()
    const manifest = await sealOffer(device(), place, key)
    const { archiveId } = place
    const job: Outgoing = { archiveId, key: toBase64(key), manifest, piece: 0, cursor: { at: 'start' } }
    await put(job)
    return job
  }
  /** Pieces that the server does not have under this manifest are not followed by more. */
  const isSame = ({ manifest }: Archive, job: Outgoing): boolean => manifest === null || manifest === job.manifest

  const share = async (archive: Archive, place: TransferPlace) => {
    const { archiveId } = archive
    const known = jobs.get(archiveId)
    await deps.settle()
    const job = known !== undefined && isSame(archive, known) ? known : await begin(place)
    const { manifest } = job
    await patiently(() => server.writeManifest(archiveId, { manifest, complete: false }))
    await writePieces<Outgoing>({ ...deps, userId: me.userId, keyOf: outgoingKey }, job)
    await patiently(() => server.writeManifest(archiveId, { manifest, complete: true }))
    await forget(archiveId)
  }
  /** Whether this device wrote it to its end. */
  const attempt = async (archive: Archive): Promise<boolean> => {
    const place = placeOf(archive)
    if (place === undefined || !(await isGenuine(archive, place))) return false
    try {
      await share(archive, place)
      return true
    } catch (thrown) {
      if (!passed.has(toBackscrollError(thrown).code)) throw thrown
      await forget(archive.archiveId)
      return false
    }
  }
  return {
    /** Answers all requests that wait, and says whether any was answered. */
    look: async (): Promise<boolean> => {
      let isShared = false
      const archives = await server.list()
      for (const id of jobs.keys()) if (!archives.some(({ archiveId }) => archiveId === id)) await forget(id)
      for (const one of archives)
        if (one.kind === 'transfer' && one.deviceId !== me.deviceId && !one.complete)
          isShared = (await attempt(one)) || isShared
      return isShared
    },
  }
}
