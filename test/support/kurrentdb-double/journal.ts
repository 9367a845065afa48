import { open, readFile } from 'node:fs/promises'
import { fromLine, type StoredEvent, toLine } from './stored-event.ts'

/** Where a store keeps its events. */
export interface Journal {
  /** Resolves when the events are safe; undefined when they are at once. Calls are kept in order. */
  write(events: readonly StoredEvent[]): Promise<void> | undefined
  close(): Promise<void>
}

export const noJournal: Journal = { write: () => undefined, close: async () => {} }

/** The events of a file that a journal wrote. What a crash left of a last line was never acknowledged. */
const load = async (path: string): Promise<StoredEvent[]> => {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map(fromLine)
}

interface Batch {
  text: string
  readonly done: PromiseWithResolvers<void>
}

const newBatch = (): Batch => ({ text: '', done: Promise.withResolvers<void>() })

/** A file of one line an event, synced before `write` resolves. All that is written during one sync shares the next. */
export const openJournal = async (path: string): Promise<{ journal: Journal; events: StoredEvent[] }> => {
  const events = await load(path)
  const file = await open(path, 'a')
  await file.truncate(Buffer.byteLength(events.map(toLine).join('')))
  let next = newBatch()
  let running: Promise<void> | undefined

  const run = async () => {
    while (next.text !== '') {
      const batch = next
      next = newBatch()
      try {
        await file.appendFile(batch.text)
        await file.datasync()
        batch.done.resolve()
      } catch (error) {
        batch.done.reject(error)
      }
    }
    running = undefined
  }

  return {
    events,
    journal: {
      write(added) {
        next.text += added.map(toLine).join('')
        const { promise } = next.done
        running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(run)
        return promise
      },
      async close() {
        await running
        await file.close()
      },
    },
  }
}
