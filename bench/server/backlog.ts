import { setTimeout as sleep } from 'node:timers/promises'
import { openEmbeddedDocumentReader } from '../../src/adapters/embedded/documents/open-documents.ts'
import { headOf, openForReading } from '../../src/adapters/embedded/log/schema.ts'
import { readGenerations } from '../../src/projections/runner/runner-meta.ts'

/** Long enough for a million events. */
const patienceMs = 120_000

/** How far the views of a running server are behind its log, read from its files: it costs the server nothing. */
export const openBacklog = async (directory: string) => {
  const documents = await openEmbeddedDocumentReader({ directory })
  const log = openForReading(directory)

  const backlog = async (): Promise<number> => {
    const live = [...(await readGenerations(documents, 'live')).values()]
    const head = headOf(log)
    return live.length === 0 ? head : Math.max(...live.map(({ position }) => head - Number(position)))
  }

  return {
    head: (): number => headOf(log),
    /** Resolves when the views have folded everything and nothing new came for `quietMs`. */
    caughtUp: async (quietMs: number): Promise<void> => {
      const end = performance.now() + patienceMs
      for (let head = -1, since = performance.now(); ; await sleep(20)) {
        if (performance.now() > end) throw new Error(`the views are still ${await backlog()} events behind`)
        const now = headOf(log)
        if (now !== head) since = performance.now()
        head = now
        if (performance.now() - since >= quietMs && (await backlog()) === 0) return
      }
    },
    close: async (): Promise<void> => {
      log.close()
      await documents.close()
    },
  }
}
