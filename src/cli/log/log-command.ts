import type { Command } from 'commander'

/** Their code is loaded when it is used. */
export const addLogCommands = (program: Command): void => {
  const log = program.command('log').description('the event log of the data directory')

  log
    .command('verify')
    .description('check every event, and everything else that knows of the log; a server may be running')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 it is whole; 1 it is damaged, and the line says what mends it; 78 it cannot be looked at.',
    )
    .action(async (options) => {
      const { verifyLog } = await import('./log-verify.ts')
      await verifyLog(options, process.env)
    })

  log
    .command('repair')
    .description('check every event and mend what can be mended, while no server is running')
    .option('--accept-loss', 'give up damaged and missing events for good; events that can be read are kept')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 it is whole now; 1 it takes --accept-loss, and nothing was done; 78 it cannot be looked at.',
    )
    .action(async (options) => {
      const { repairLog } = await import('./log-repair.ts')
      await repairLog(options, process.env)
    })
}
