import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createEncryptedStore } from '../../packages/client/src/stores/encrypted-store.ts'
import { createFileStore } from '../../packages/client/src/stores/file/file-store.ts'
import { importStoreKey } from '../../packages/client/src/stores/store-key.ts'
import { goalRow, median, number, type Row } from '../report/row.ts'
import { fillStore } from '../seed/store-seed.ts'
import type { Bench, BenchContext } from './bench.ts'

const opener = fileURLToPath(new URL('../load/open-store.ts', import.meta.url))
const run = promisify(execFile)
const conversations = 1_000
const names = { plain: 'File store', encrypted: 'Encrypted file store' } as const
type Kind = keyof typeof names

interface Opened {
  readonly openMs: number
  readonly grownBytes: number
  readonly pageMs: number
}

const openOnce = async (path: string, kind: Kind): Promise<Opened> => {
  const { stdout } = await run(process.execPath, ['--expose-gc', '--no-warnings', opener, path, kind])
  return JSON.parse(stdout)
}

const rowsOf = (what: string, opened: readonly Opened[]): readonly Row[] => {
  const [openMs, pageMs] = [median(opened.map((one) => one.openMs)), median(opened.map((one) => one.pageMs))]
  const grown = median(opened.map((one) => one.grownBytes)) / 2 ** 20
  return [
    goalRow(`${what}: opening`, openMs, 'ms', { atMost: 1_000 }),
    goalRow(`${what}: memory that it takes`, grown, 'MiB', { atMost: 100 }),
    { figure: `${what}: reading 50 messages`, measured: number(pageMs, 'ms') },
  ]
}

const measure = async (kind: Kind, messages: number, { directory, quick, progress }: BenchContext) => {
  const path = join(directory, `${kind}-${messages}.store`)
  const file = createFileStore(path)
  await fillStore(
    kind === 'plain' ? file : createEncryptedStore(file, await importStoreKey(new Uint8Array(32))),
    messages,
    conversations,
  )
  progress(`${names[kind]}, ${messages} messages: ${((await stat(path)).size / 2 ** 20).toFixed(0)} MiB`)
  const opened: Opened[] = []
  for (let round = 0; round < (quick ? 2 : 5); round += 1) opened.push(await openOnce(path, kind))
  progress(`opened in ${opened.map(({ openMs }) => openMs.toFixed(0)).join(', ')} ms`)
  return rowsOf(`${names[kind]} of ${messages.toLocaleString('en-US')} messages`, opened)
}

export const stores: Bench = {
  name: 'stores',
  title: 'A client opens its store',
  method:
    'What a device keeps that has read so many messages of 300 bytes in 1,000 conversations, opened as at a start, by a process of its own; memory is the growth of its resident memory. The 50 messages, as many as a page of history has, are of five conversations. Groups and keys are not in it: they do not grow with messages. Medians; the file is in the cache of the system.',
  run: async (context) => {
    const rows: Row[] = []
    for (const messages of context.quick ? [10_000, 100_000] : [10_000, 1_000_000])
      rows.push(...(await measure('plain', messages, context)))
    rows.push(...(await measure('encrypted', context.quick ? 100_000 : 1_000_000, context)))
    return rows
  },
}
