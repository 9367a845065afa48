/** Opens a file store and says why it cannot be. */
import { createFileStore } from '@backscroll/client/node'

try {
  await createFileStore(process.argv[2]).load()
  console.log('{}')
} catch ({ code, message, details }) {
  console.log(JSON.stringify({ code, message, details }))
}
