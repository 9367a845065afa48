import type { Command } from 'commander'

export const addDoctor = (program: Command): void => {
  program
    .command('doctor')
    .description(
      'check settings, files and rights, event log, views, accounts, blobs, disk and clock; in a cluster, its event logs; a server may be running',
    )
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', '\nExit codes: 0 nothing was found; 1 something was, and each line says what mends it.')
    .action(async (options) => {
      const { doctor } = await import('./doctor.ts')
      await doctor(options, process.env)
    })
}
