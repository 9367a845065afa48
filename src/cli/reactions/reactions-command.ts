import type { Command } from 'commander'

const shared = (command: Command): Command =>
  command
    .option('-s, --server <url>', "the running server; default: this machine, at the settings' port")
    .option('--json', 'print the result as JSON')

const reactions = () => import('./parked-work.ts')

const cannotAsk = '78 the server cannot be asked.'

/** Their code is loaded when it is used. */
export const addReactionsCommands = (program: Command): void => {
  const group = program
    .command('reactions')
    .description('work that follows from events, such as that an erased user leaves: work that fails is parked')

  shared(group.command('list').description('show which streams are parked, for which process, since when and why'))
    .addHelpText('after', `\nExit codes: 0 nothing is parked; 1 something is, see \`reactions retry\`; ${cannotAsk}`)
    .action(async (options) => (await reactions()).listReactions(options, process.env))

  shared(
    group
      .command('retry')
      .description('do the parked work of a stream again, and then the work behind it, once the cause is gone')
      .argument('<process>', 'as `reactions list` shows it')
      .argument('<stream>', 'as `reactions list` shows it'),
  )
    .addHelpText(
      'after',
      `\nExit codes: 0 all of it is done; 1 it had to be parked again, and the error is shown; ${cannotAsk}`,
    )
    .action(async (name, stream, options) => (await reactions()).retryReactions(name, stream, options, process.env))
}
