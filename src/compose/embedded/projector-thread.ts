import { parentPort, workerData } from 'node:worker_threads'
import { openEmbeddedDocuments } from '../../adapters/embedded/documents/open-documents.ts'
import type { LogFinding } from '../../adapters/embedded/log/integrity/finding.ts'
import { openEmbeddedLogReader } from '../../adapters/embedded/log/reading/log-reader.ts'
import type { FromProjector } from '../../processes/views/projector-messages.ts'
import { serveProjector } from '../../processes/views/serve-projector.ts'

/** The thread that keeps the views of the embedded profile up to date: the only writer of their file. */
const { directory }: { readonly directory: string } = workerData
const port = parentPort
if (port === null) throw new Error('this file is the entry of a worker thread')

const say = (message: FromProjector<LogFinding>): void => port.postMessage(message)

const reader = openEmbeddedLogReader({
  directory,
  onDamage: (finding) => say({ kind: 'log_damaged', finding }),
})
const store = await openEmbeddedDocuments({ directory })
say({ kind: 'started', replaced: store.replaced })
await serveProjector({ port, reader, store, say })
