import { writeSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'

/** The first line after this time, and another one each time that it has passed again, in milliseconds. */
const patienceMs = { first: 2_000, next: 10_000 }

const port = parentPort
if (port === null) throw new Error('slow-start-worker runs in a worker thread only')

const begun = performance.now()
let step = 'loading'
let isSlow = false

/** A line of the log, written straight to the file: the main thread would delay it. */
const say = (): void => {
  const seconds = Math.round((performance.now() - begun) / 1_000)
  try {
    const line = { level: 'info', time: new Date().toISOString(), msg: `still starting after ${seconds} s: ${step}` }
    writeSync(1, `${JSON.stringify(line)}\n`)
  } catch {
    // Standard output is closed, so nobody reads the line.
  }
}

port.on('message', (next: string) => {
  step = next
  if (isSlow) say()
})
setTimeout(() => {
  isSlow = true
  say()
  setInterval(say, patienceMs.next)
}, patienceMs.first)
