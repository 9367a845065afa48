import type { Archive } from '@backscroll/protocol/rest/archives'
import { fromBase64, toBase64 } from '../encoding/base64.ts'
import { E2eeError } from '../errors/e2ee-error.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { Device } from '../trust/device-certificate.ts'
import { createArchiveKeyPair, newArchiveId, openOffer, signRequest, type TransferPlace } from './archive-keys.ts'
import { openPiece } from './archive-pieces.ts'
import type { ArchiveServer, ListedPiece } from './archive-server.ts'
import type { ImportRecords } from './import-records.ts'
import type { OwnDeviceKeys } from './own-device-keys.ts'
import { type Incoming, incomingKey } from './transfer-records.ts'

export interface ReceiveHistoryDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly server: ArchiveServer
  readonly device: () => Device
  readonly ownDeviceKeys: OwnDeviceKeys
  readonly importRecords: ImportRecords
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  readonly patiently: <Value>(step: () => Promise<Value>) => Promise<Value>
  /** Something was stored. */
  readonly onPiece: (state: Incoming, archive: Archive) => void
  readonly now: () => number
}

/** The newer device's side. Each call does what can be done now, and answers with the state to go on with. */
export const createReceiveHistory = (deps: ReceiveHistoryDeps) => {
  const { me, server, device, ownDeviceKeys, importRecords, write, patiently } = deps

  let stored: Incoming | undefined
  const save = async (state: Incoming, changes: readonly StoreChange[] = []): Promise<Incoming> => {
    await write([...changes, { key: incomingKey, value: state }])
    stored = state
    return state
  }
  const placeOf = ({ archiveId, publicKey }: Incoming): TransferPlace => ({ ...me, archiveId, publicKey })

  /** A request that the server has forgotten is made again. */
  const request = async (state: Incoming): Promise<Archive> => {
    const place = placeOf(state)
    const signature = await signRequest(device(), place)
    const { archiveId, publicKey: key } = state
    return patiently(() => server.open(archiveId, { kind: 'transfer', key, signature }))
  }
  /** Another manifest: another device writes it, or the same one has begun anew. */
  const accept = async (state: Incoming, { writerId, manifest }: Archive): Promise<Incoming> => {
    if (writerId === null || manifest === null || manifest === state.manifest) return state
    const signatureKey = (await ownDeviceKeys()).get(writerId)
    if (signatureKey === undefined || writerId === me.deviceId)
      throw new E2eeError('bad_archive', { reason: 'signature', deviceId: writerId })
    const key = await openOffer(state.privateKey, placeOf(state), { writerId, signatureKey }, manifest)
    return save({ ...state, manifest, key: toBase64(key), piece: 0 })
  }
  const take = async (state: Incoming, listed: ListedPiece): Promise<Incoming> => {
    const { archiveId, piece } = state
    if (listed.piece !== piece) throw new E2eeError('bad_archive', { reason: 'order', piece: listed.piece })
    const sealed = await patiently(() => server.download(listed))
    const place = { userId: me.userId, archiveId, piece }
    const { last, records } = await openPiece(fromBase64(state.key ?? ''), place, sealed)
    const { changes, messages } = await importRecords(records)
    const next = { ...state, piece: piece + 1, messages: state.messages + messages, isWhole: last }
    return save(next, changes)
  }
  const takeAll = async (from: Incoming, archive: Archive): Promise<Incoming> => {
    let state = from
    while (!state.isWhole && state.piece < archive.pieces) {
      const page = await patiently(() => server.pieces(archive.archiveId, state.piece))
      if (page.length === 0) return state
      for (const one of page) {
        if (state.isWhole) return state
        state = await take(state, one)
        deps.onPiece(state, archive)
      }
    }
    if (archive.complete && !state.isWhole) throw new E2eeError('bad_archive', { reason: 'truncated' })
    return state
  }

  return {
    begin: async (): Promise<Incoming> => {
      const keys = await createArchiveKeyPair()
      return save({ archiveId: newArchiveId(), ...keys, at: Math.round(deps.now()), piece: 0, messages: 0 })
    },
    /** Asks, or asks again, and takes what is there. */
    advance: async (from: Incoming): Promise<Incoming> => {
      const archive = await request(from)
      const state = await accept(from, archive)
      deps.onPiece(state, archive)
      if (state.key === undefined) return state
      try {
        return await takeAll(state, archive)
      } catch (thrown) {
        // Another device may have begun anew meanwhile: then the pieces are others.
        if ((await request(from)).manifest === archive.manifest) throw thrown
        return stored ?? state
      }
    },
  }
}
