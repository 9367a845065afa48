import type { Command } from 'commander'
import { teach } from './lesson.ts'
import { roleNamesValue } from './settings/argument-values.ts'
import type { ServeOptions } from './start/serve.ts'

export const addStart = (program: Command): void => {
  teach(
    program
      .command('start')
      .option(
        '--role <roles>',
        'in a cluster: api, gateway, relay, projector, worker, notifier; several separated by commas',
        roleNamesValue,
      ),
    {
      summary: 'start the server and run until a signal stops it',
      about:
        'Starts the server: alone, with its data in a directory (the default), or in roles of a cluster. All settings are environment variables, see docs/configuration.md; a cluster needs the addresses of its engines. Standard output has the log, one JSON object a line. A start that takes longer than two seconds says there what it is doing.',
      examples: [
        'start                                    # one process, nothing else needed; data in ./data',
        'start --role gateway,api                 # a process of a cluster that serves clients',
        'start --role relay,projector,worker      # one that does the rest',
      ],
      changes:
        'Makes the data directory, with keys in it, where there is none, and moves older files up to this version.',
      exits: {
        done: 'it was stopped by a signal, and everything is stored',
        failed: 'unexpected error: start it again, and report the lines above',
      },
    },
  ).action(async (options: ServeOptions) => {
    const { serve } = await import('./start/serve.ts')
    await serve(process.env, options)
  })
}
