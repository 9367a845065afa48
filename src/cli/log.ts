import type { Command } from 'commander'
import { teach } from './lesson.ts'
import { withJson } from './output.ts'

const cannotLook = 'it cannot be looked at: another process, a cluster, or settings'

const addVerify = (group: Command): void => {
  teach(withJson(group.command('verify'), '{ whole, events, finding? }'), {
    summary: 'check every event, and everything else that knows of the log; a server may be running',
    about:
      'Checks the sums of every event, and compares the log with everything else in the data directory that knows how far it had come. Run it when a disk was in trouble, and on a backup before you need it. A server may be running.',
    examples: ['log verify', 'log verify --json'],
    changes: 'Nothing.',
    exits: { done: 'it is whole', failed: 'it is damaged, and the line says what mends it', operator: cannotLook },
  }).action(async (options) => {
    const { verifyLog } = await import('./log/log-verify.ts')
    await verifyLog(options, process.env)
  })
}

const addRepair = (group: Command): void => {
  const command = group
    .command('repair')
    .option('--accept-loss', 'give up damaged and missing events for good; events that can be read are kept')
  teach(withJson(command, '{ outcome: whole | recorded | refused | mended, ... }'), {
    summary: 'check every event and mend what can be mended, while no server is running',
    about:
      'Checks every event and mends what can be mended, while no server is running. Copy the data directory first. Without --accept-loss nothing is given up; docs/operations.md says when a backup is the better way.',
    examples: ['log repair', 'log repair --accept-loss'],
    changes:
      'Records the end of the log again where only that is missing. With --accept-loss also the log itself, which then has a new epoch; what was there is kept beside it.',
    exits: {
      done: 'it is whole now',
      failed: 'it takes --accept-loss, and nothing was done',
      operator: cannotLook,
    },
  }).action(async (options) => {
    const { repairLog } = await import('./log/log-repair.ts')
    await repairLog(options, process.env)
  })
}

/** Their code is loaded at first use. */
export const addLog = (program: Command): void => {
  const group = program.command('log').description('the event log of the data directory')
  addVerify(group)
  addRepair(group)
}
