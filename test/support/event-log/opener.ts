import { openEmbeddedLog } from '../../../src/adapters/embedded/log/embedded-log.ts'

/** A process that opens the log in the directory of its argument, prints the error's message or `open`, and ends. */
const [directory = ''] = process.argv.slice(2)
try {
  const log = await openEmbeddedLog({ directory })
  console.log('open')
  await log.close()
} catch (error) {
  console.log(error instanceof Error ? `${error.name}: ${error.message}` : error)
}
