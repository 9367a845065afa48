import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { missingEngines, openClusterWorld } from '../../test/support/cluster/world.ts'
import { type BareFiles, bareBucket, bareDisk } from '../floor/bare-files.ts'
import { createFileRequests } from '../load/file-requests.ts'
import { createTokenSource } from '../load/token-source.ts'
import type { Child } from '../process/start-child.ts'
import { median, number, type Row } from '../report/row.ts'
import { cpuSecondsOf } from '../server/cpu-seconds.ts'
import { startBackscroll } from '../server/start-backscroll.ts'
import type { Bench, BenchContext } from './bench.ts'

const mega = 1024 * 1024
const chunk = randomBytes(256 * 1024)

/** Of one file: how fast it went, and the CPU time that it cost, for each MB. */
interface Pace {
  readonly perSecond: number
  readonly cpuMs: number
}

type Cpu = () => number | Promise<number>

const ownCpu: Cpu = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

const paceOf = async (run: () => Promise<unknown>, cpu: Cpu, size: number): Promise<Pace> => {
  const megabytes = size / 1e6
  const [before, begun] = [await cpu(), performance.now()]
  await run()
  const seconds = (performance.now() - begun) / 1000
  return { perSecond: megabytes / seconds, cpuMs: (((await cpu()) - before) * 1000) / megabytes }
}

const names = ['POST', 'tus', 'download', 'bare write', 'bare read'] as const
type Name = (typeof names)[number]

/** The server and the bare store take turns. The first round does not count. */
const compare = async (url: string, token: string, bare: BareFiles, { quick, progress }: BenchContext) => {
  const size = (quick ? 32 : 128) * mega
  const requests = createFileRequests(url, token)
  const paces = new Map<Name, Pace[]>(names.map((name) => [name, []]))
  for (let round = 0; round <= (quick ? 3 : 5); round += 1) {
    let id = ''
    const server = () => cpuSecondsOf(url)
    const all: readonly (readonly [Name, Pace])[] = [
      ['POST', await paceOf(() => requests.byPost(chunk, size), server, size)],
      ['bare write', await paceOf(() => bare.write(chunk, size), ownCpu, size)],
      ['tus', await paceOf(async () => (id = await requests.byTus(chunk, size)), server, size)],
      ['bare read', await paceOf(() => bare.read(), ownCpu, size)],
      ['download', await paceOf(() => requests.download(id, size), server, size)],
    ]
    if (round > 0) for (const [name, pace] of all) paces.get(name)?.push(pace)
    progress(all.map(([name, { perSecond }]) => `${name} ${perSecond.toFixed(0)} MB/s`).join(', '))
  }
  return (name: Name): Pace => {
    const some = paces.get(name) ?? []
    return { perSecond: median(some.map((one) => one.perSecond)), cpuMs: median(some.map((one) => one.cpuMs)) }
  }
}

const text = ({ perSecond, cpuMs }: Pace): string => `${number(perSecond, 'MB/s')}, CPU ${number(cpuMs, 'ms')}`

const rowOf = (figure: string, measured: Pace, floor: Pace): Row => ({
  figure,
  measured: `${text(measured)} (${number(measured.cpuMs / floor.cpuMs, '')} times)`,
  floor: text(floor),
})

const rowsOf = (where: string, pace: (name: Name) => Pace): readonly Row[] => [
  rowOf(`${where}: upload in one request (POST), and CPU for each MB`, pace('POST'), pace('bare write')),
  rowOf(`${where}: upload by tus, and CPU for each MB`, pace('tus'), pace('bare write')),
  rowOf(`${where}: download, and CPU for each MB`, pace('download'), pace('bare read')),
]

/** The largest resident memory of the process while it does something. */
const peakDuring = async (child: Child, run: () => Promise<unknown>): Promise<number> => {
  let peak = 0
  let isOver = false
  const running = run().finally(() => {
    isOver = true
  })
  while (!isOver) {
    peak = Math.max(peak, (await child.usage()).rss)
    await sleep(50)
  }
  await running
  return peak
}

const mebibytes = (bytes: number): string => number(bytes / mega, 'MiB')

/** A file far larger than the memory that a server may take. The server is warm. */
const large = async (child: Child, url: string, token: string, { progress }: BenchContext): Promise<Row> => {
  const size = 2_000_000_000
  const requests = createFileRequests(url, token)
  const before = (await child.usage()).rss
  let id = ''
  const up = await peakDuring(child, async () => (id = await requests.byTus(chunk, size)))
  const down = await peakDuring(child, () => requests.download(id, size))
  await requests.remove(id)
  progress(`${size} bytes: ${mebibytes(before)} before, at most ${mebibytes(up)} up and ${mebibytes(down)} down`)
  return {
    figure: `A file of ${number(size / 1e9, 'GB')}: memory of the server before; at most during upload; during download`,
    measured: [before, up, down].map(mebibytes).join('; '),
  }
}

const inDirectory = async (context: BenchContext): Promise<readonly Row[]> => {
  const { directory } = context
  const keys = join(directory, 'keys')
  const server = await startBackscroll({ directory: join(directory, 'data'), keys })
  try {
    const token = await createTokenSource(keys)
    const rows = rowsOf('Directory', await compare(server.rest, await token('ann'), bareDisk(directory), context))
    return [...rows, await large(server.child, server.rest, await token('bob'), context)]
  } finally {
    await server.stop()
  }
}

const inBucket = async (context: BenchContext): Promise<readonly Row[]> => {
  const missing = await missingEngines()
  if (missing.length > 0) return [{ figure: 'Bucket', measured: `not measured: there is no ${missing.join(', ')}` }]
  const world = await openClusterWorld({ BACKSCROLL_LOG_LEVEL: 'warn' })
  try {
    const server = await world.process(['api', 'gateway', 'relay', 'projector', 'worker'])
    await server.start()
    const token = await createTokenSource(join(world.directory, 'keys'))
    const bare = bareBucket(world.env.BACKSCROLL_S3_URL ?? '')
    return rowsOf('Bucket', await compare(server.url, await token('ann'), bare, context))
  } finally {
    await world.discard()
  }
}

export const media: Bench = {
  name: 'media',
  title: 'Files',
  method:
    'Files of 128 MiB (32 in a quick run), one at a time over one connection; the server makes a hash of each. CPU is that of all threads of the server; the store itself, the client, and the system that writes to the disk are not in it. The floor of the directory is a file that is written in pieces of 256 KiB and made durable every 8 MiB, as the server does; that of the bucket is the client of MinIO in parts of 5 MiB. Reads come from the cache of the system. They take turns; medians of the rounds.',
  run: async (context) => [...(await inDirectory(context)), ...(await inBucket(context))],
}
