import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createFileStore } from '../../packages/client/src/stores/file/file-store.ts'
import { median, number, type Row } from '../report/row.ts'
import { fillStore } from '../seed/store-seed.ts'
import type { Bench, BenchContext } from './bench.ts'

const worker = fileURLToPath(new URL('../load/archive-history.ts', import.meta.url))
const execute = promisify(execFile)
const conversations = 1_000

interface Round {
  readonly ms: number
  readonly messages: number
  readonly peakBytes: number
  readonly bytes?: number
}

const runOnce = async (mode: 'seal' | 'open' | 'floor', store: string, pieces: string): Promise<Round> => {
  const { stdout } = await execute(process.execPath, ['--no-warnings', worker, mode, store, pieces])
  return JSON.parse(stdout)
}

const rowOf = (what: string, rounds: readonly Round[], megabytes: number, floorMs: number): Row => {
  const ms = median(rounds.map((one) => one.ms))
  const messages = rounds[0]?.messages ?? 0
  const pace = (taken: number) => number(megabytes / (taken / 1000), 'MB/s')
  return {
    figure: what,
    measured: `${number(messages / (ms / 1000), 'messages/s')}, ${pace(ms)} (${number(ms / floorMs, '')} times)`,
    floor: pace(floorMs),
  }
}

const measure = async (messages: number, { directory, quick, progress }: BenchContext): Promise<readonly Row[]> => {
  const store = join(directory, 'older.store')
  await fillStore(createFileStore(store), messages, conversations)
  const [sealed, opened, floors]: [Round[], Round[], Round[]] = [[], [], []]
  for (let round = 0; round < (quick ? 2 : 5); round += 1) {
    const pieces = join(directory, `pieces-${round}`)
    await mkdir(pieces)
    sealed.push(await runOnce('seal', store, pieces))
    floors.push(await runOnce('floor', '', pieces))
    opened.push(await runOnce('open', join(directory, `newer-${round}.store`), pieces))
    const last = [sealed, floors, opened].map((rounds) => `${(rounds.at(-1)?.ms ?? 0).toFixed(0)} ms`)
    progress(`sealed, floor, opened: ${last.join(', ')}`)
  }
  const megabytes = (floors[0]?.bytes ?? 0) / 1e6
  const floorMs = median(floors.map((one) => one.ms))
  const peak = (rounds: readonly Round[]) => number(median(rounds.map((one) => one.peakBytes)) / 2 ** 20, 'MiB')
  return [
    { figure: `An archive of ${messages.toLocaleString('en-US')} messages`, measured: number(megabytes, 'MB') },
    rowOf('Read from the store and sealed into pieces', sealed, megabytes, floorMs),
    rowOf('Opened, checked and stored on the new device', opened, megabytes, floorMs),
    {
      figure: 'Peak memory of the process: sealing; opening',
      measured: `${peak(sealed)}; ${peak(opened)}`,
      floor: peak(floors),
    },
  ]
}

export const archive: Bench = {
  name: 'archive',
  title: 'A new device gets its history',
  method:
    'What a device keeps that has read 100,000 messages of 300 bytes in 1,000 conversations (10,000 in a quick run), in a file store: read, sealed and written as pieces into a directory; then opened and stored in the empty file store of another device. Each is a process of its own. The network and the server are not in it. The floor is AES-256-GCM alone over the same bytes, in pieces of the same size. Medians of five rounds.',
  run: (context) => measure(context.quick ? 10_000 : 100_000, context),
}
