import { writeSync } from 'node:fs'
import { openEmbeddedLog } from '../../../src/adapters/embedded/log/embedded-log.ts'
import { appendAtEnd } from './append-at-end.ts'
import { logEvents } from './events.ts'

/**
 * A process that appends for ever: three events at a time, many appends in flight over five streams. It prints the prefix of an append's event
 * ids once that append is acknowledged, and never anything else.
 * Usage: node log-appender.ts <directory> <name, unique for each run>
 */
const [directory = '', name = ''] = process.argv.slice(2)
const log = await openEmbeddedLog({ directory })

const pause = new Int32Array(new SharedArrayBuffer(4))

/** Waits while the reader is slow and the pipe full: what was acknowledged has to be told. */
const tell = (line: string): void => {
  for (;;) {
    try {
      writeSync(1, line)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, 5)
    }
  }
}

const appendForEver = async (writer: number) => {
  for (let index = 0; ; index++) {
    const prefix = `${name}/${writer}/${index}/`
    await appendAtEnd(log, `stream-${writer % 5}`, logEvents(prefix, 3))
    tell(`${prefix}\n`)
  }
}
await Promise.all(Array.from({ length: 40 }, (_, writer) => appendForEver(writer)))
