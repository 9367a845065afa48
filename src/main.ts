import { Command } from 'commander'
import { type ServeOptions, serve } from './compose/serve.ts'
import { version } from './compose/version.ts'

/** `npm start`. */
const program = new Command('npm start --')
  .description('Starts Backscroll: alone, with its data in a directory (the default), or in roles of a cluster.')
  .version(version)
  .option('--role <roles>', 'of a cluster: api, gateway, relay, projector, worker, notifier; several by commas')
  .showHelpAfterError()
  .addHelpText(
    'after',
    `
  npm start                                    one process, nothing else needed; data in ./data
  npm start -- --role gateway,api              a process of a cluster that serves clients
  npm start -- --role relay,projector,worker   one that does the rest

All settings are environment variables: docs/configuration.md. A cluster needs the addresses of its engines.`,
  )

await serve(process.env, program.parse().opts<ServeOptions>())
