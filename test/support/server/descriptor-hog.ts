import { openSync } from 'node:fs'
import { watchDescriptors } from '../../../src/observability/descriptor-watch.ts'
import { createMetrics } from '../../../src/observability/metrics.ts'

/** A process that opens files until there is no descriptor left, and prints what the watch says of it, then the metric, and ends. */
const metrics = createMetrics()
const lines: string[] = []
watchDescriptors({ metrics, logger: { error: (line) => void lines.push(line) }, everyMs: 20 })

const print = async (): Promise<void> => {
  const { values } = await metrics.outOfDescriptors.get()
  process.stdout.write(`${JSON.stringify({ lines, seen: values[0]?.value })}\n`)
}
setTimeout(() => {
  try {
    for (;;) openSync('/dev/null', 'r')
  } catch {
    setTimeout(() => void print().then(() => process.exit(0)), 300)
  }
}, 100)
