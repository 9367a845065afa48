import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type EmbeddedLog, openEmbeddedLog } from '../../../src/adapters/embedded/log/embedded-log.ts'
import type { RecordedEvent } from '../../../src/ports/event-log.ts'
import type { Random } from './attacks.ts'
import { logEvent } from './events.ts'

/** A copy of a data directory at a moment, and what was acknowledged until then. */
export interface LogImage {
  readonly directory: string
  readonly events: readonly RecordedEvent[]
}

const sizes = [0, 20, 600, 9000]

/** Appends to a handful of streams, with answers and deletions. */
const play = async (log: EmbeddedLog, revisions: Map<string, number>, appends: number, random: Random) => {
  for (let index = 0; index < appends; index++) {
    const stream = `stream-${Math.floor(random() * 12)}`
    const last = revisions.get(stream) ?? -1
    const target = last >= 0 && random() < 0.4 ? Math.floor(random() * (last + 1)) : undefined
    const isDeletion = target !== undefined && random() < 0.3
    const size = sizes[Math.floor(random() * sizes.length)] ?? 0
    const event = logEvent(`${stream}/${last + 1}`, {
      body: isDeletion || size === 0 ? null : 'x'.repeat(size),
      ...(target !== undefined && { target }),
      ...(isDeletion && { blanksTarget: true }),
    })
    await log.append(stream, [event], last === -1 ? 'no_stream' : last)
    revisions.set(stream, last + 1)
  }
}

/** One log at three moments of its life: as it was killed, closed in order later, and killed later still, each a directory below `root`. */
export const makeHistory = async (root: string, appends: number, random: Random): Promise<readonly LogImage[]> => {
  const directory = join(root, 'live')
  const revisions = new Map<string, number>()
  const images: LogImage[] = []
  const copy = async (name: string, events: readonly RecordedEvent[]): Promise<void> => {
    mkdirSync(join(root, name), { recursive: true })
    cpSync(directory, join(root, name), { recursive: true })
    images.push({ directory: join(root, name), events })
  }
  const live = async (name: string, ending: 'killed' | 'closed'): Promise<void> => {
    const log = await openEmbeddedLog({ directory })
    await play(log, revisions, appends, random)
    const events = await log.readAll(0n, 1_000_000)
    if (ending === 'killed') await copy(name, events)
    await log.close()
    if (ending === 'closed') await copy(name, events)
  }
  await live('killed', 'killed')
  await live('closed', 'closed')
  await live('killed-later', 'killed')
  return images
}
