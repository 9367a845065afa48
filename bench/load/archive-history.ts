/**
 * Seals the history of a store into pieces, or opens them into another store, or does nothing but AES-GCM over the same
 * bytes: a process of its own, which tells how long it took and how much memory it had.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openPiece, sealPiece } from '../../packages/client/src/archive/archive-pieces.ts'
import { exportRecords } from '../../packages/client/src/archive/export-records.ts'
import { createImportRecords } from '../../packages/client/src/archive/import-records.ts'
import { pieceBatches } from '../../packages/client/src/archive/piece-batches.ts'
import { indexPlaintexts, loadPlaintexts } from '../../packages/client/src/records/plaintexts.ts'
import { createFileStore } from '../../packages/client/src/stores/file/file-store.ts'
import { openRecords } from '../../packages/client/src/stores/lazy-records.ts'

const [, , mode, storePath = '', pieces = ''] = process.argv
const key = new Uint8Array(32)
const placeOf = (piece: number) => ({ userId: 'ann', archiveId: 'bench', piece })
const start = { at: 'start' } as const

const opened = async () => {
  const { stored, lazy, store } = await openRecords(createFileStore(storePath))
  const indexed = await indexPlaintexts(stored, lazy, (changes) => store.write(changes))
  return { plaintexts: loadPlaintexts(indexed, lazy), store }
}
async function* piecesInOrder() {
  for (const name of (await readdir(pieces)).sort()) yield await readFile(join(pieces, name))
}

const seal = async () => {
  const { plaintexts, store } = await opened()
  const sources = { plaintexts, profiles: () => [], groupKeys: () => [] }
  const begun = performance.now()
  let [piece, messages] = [0, 0]
  for await (const { lines, last } of pieceBatches(exportRecords(sources, start), start)) {
    const name = String(piece).padStart(6, '0')
    await writeFile(join(pieces, name), await sealPiece(key, placeOf(piece), lines, last))
    piece += 1
    messages += lines.length
  }
  const ms = performance.now() - begun
  await store.close()
  return { ms, messages }
}

const open = async () => {
  const { plaintexts, store } = await opened()
  const take = createImportRecords({
    ...{ plaintexts, expiresBefore: () => undefined, hearProfile: () => {}, keepGroupKeys: () => {} },
  })
  const begun = performance.now()
  let [piece, messages] = [0, 0]
  for await (const sealed of piecesInOrder()) {
    const taken = await take((await openPiece(key, placeOf(piece), sealed)).records)
    await store.write(taken.changes)
    piece += 1
    messages += taken.messages
  }
  const ms = performance.now() - begun
  await store.close()
  return { ms, messages }
}

/** Each piece is sealed and opened once, in memory. */
const floor = async () => {
  const imported = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt'])
  let [ms, bytes] = [0, 0]
  for await (const plain of piecesInOrder()) {
    const parameters = { name: 'AES-GCM', iv: crypto.getRandomValues(new Uint8Array(12)) }
    const begun = performance.now()
    await crypto.subtle.decrypt(parameters, imported, await crypto.subtle.encrypt(parameters, imported, plain))
    ms += performance.now() - begun
    bytes += plain.length
  }
  return { ms: ms / 2, messages: 0, bytes }
}

const run = { seal, open, floor }[mode ?? '']
if (run === undefined) throw new Error('seal, open or floor')
process.stdout.write(JSON.stringify({ ...(await run()), peakBytes: process.resourceUsage().maxRSS * 1024 }))
