import type { Command } from 'commander'
import { teach } from './lesson.ts'
import { withJson } from './output.ts'

export const addRenewEpoch = (program: Command): void => {
  teach(withJson(program.command('renew-epoch'), '{ epochs }, one for each event log'), {
    summary: 'after a backup was restored, before the first start: make the checkpoints of the lost log invalid',
    about:
      'Gives the event log of the data directory, or those of the cluster that the settings name, a new epoch. Run it after a backup was restored and before the first start: devices then load a snapshot, and nobody takes the restored log for the one that was lost. No server may be running.',
    examples: ['renew-epoch', 'renew-epoch --json'],
    changes: 'The epoch of the log. No event; views are made anew at the next start.',
    exits: { done: 'the log has a new epoch' },
  }).action(async (options) => {
    const { renewEpoch } = await import('./renew-epoch/renew-epoch.ts')
    await renewEpoch(options, process.env)
  })
}
