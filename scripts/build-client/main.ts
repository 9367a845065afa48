import { fileURLToPath } from 'node:url'
import { buildClient } from './build-client.ts'
import { packageFolder } from './manifests.ts'

const out = fileURLToPath(new URL('dist/', packageFolder))
await buildClient(out)
process.stdout.write(`@backscroll/client is in ${out}: npm pack ${out}\n`)
