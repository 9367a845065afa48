import type { Command } from 'commander'

const shared = (command: Command): Command =>
  command
    .option('-s, --server <url>', "the running server; default: this machine, at the settings' port")
    .option('--json', 'print the result as JSON')

const views = () => import('./operate-views.ts')

const cannotAsk = '78 the server cannot be asked.'

/** Their code is loaded when it is used. */
export const addViewsCommands = (program: Command): void => {
  const group = program
    .command('views')
    .description('the views of a running server: what queries read, folded from the event log')

  shared(group.command('list').description('show how far each view is, and which streams are parked, with the error'))
    .addHelpText('after', `\nExit codes: 0 no stream is parked; 1 some are, see \`views retry\`; ${cannotAsk}`)
    .action(async (options) => (await views()).listViews(options, process.env))

  shared(
    group
      .command('rebuild')
      .description('rebuild views from the log, beside those that are served until then; parked streams are tried too')
      .argument('[views...]', 'their names; all views if none is given'),
  )
    .addHelpText(
      'after',
      `
It waits until the new views are served. A server that is stopped meanwhile goes on serving the old ones; the next rebuild of the
same views goes on where this one stopped.

Exit codes: 0 the new views are served; 1 they could not be built, the old ones are served; ${cannotAsk}`,
    )
    .action(async (names, options) => (await views()).rebuildViews(names, options, process.env))

  shared(
    group
      .command('retry')
      .description('fold a parked stream again, from the event that it stands at, once the cause is gone')
      .argument('<stream>', 'as `views list` shows it'),
  )
    .addHelpText(
      'after',
      `\nExit codes: 0 the stream is followed again; 1 it had to be parked again, and the error is shown; ${cannotAsk}`,
    )
    .action(async (stream, options) => (await views()).retryStream(stream, options, process.env))
}
