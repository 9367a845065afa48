import type { Command } from 'commander'
import { count, ofServer, operator, withReason } from './admin/admin-options.ts'
import { addReportCommands } from './admin/report-commands.ts'
import { addUserCommands } from './admin/user-commands.ts'
import { teach } from './lesson.ts'
import { withJson } from './output.ts'

const addAudit = (group: Command): void => {
  const command = ofServer(group.command('audit')).option(
    '-n, --limit <count>',
    'how many entries, newest first; at most 99999',
    count,
    50,
  )
  teach(withJson(command, '{ items: [{ id, at, by, act, userId?, reason?, ... }] }'), {
    summary: 'show what admins have done: who, what, about whom, when and why',
    about:
      'Shows what admins and operators have done, newest first: who did it (user and device), what, about whom, when, and why, in one word. It has ids, and no names or contents. What was done a moment ago may not be in it yet.',
    examples: ['admin audit', 'admin audit --limit 500 --json'],
    changes: 'Nothing.',
    exits: { done: 'it is shown', operator },
  }).action(async (options) => (await import('./admin/audit.ts')).showAudit(options, process.env))
}

const addQueues = (group: Command): void => {
  const command = ofServer(group.command('queues'))
  teach(withJson(command, '{ views, reactions, push, files, reports, processes, limits }'), {
    summary: 'show what waits where, the load of each process, and the limits',
    about:
      'Shows what waits where: views behind the event log, parked streams and reactions, devices to wake, uploads in progress, files to remove, open reports; the load of each process that answers within a second; and the limits. Counts only.',
    examples: ['admin queues', 'admin queues --json'],
    changes: 'Nothing.',
    exits: { done: 'it is shown', operator },
  }).action(async (options) => (await import('./admin/queues.ts')).showQueues(options, process.env))
}

const addCloseGroup = (group: Command): void => {
  const command = withReason(ofServer(group.command('close-group'))).argument('<conversation>', 'its id')
  teach(withJson(command, '{ conversationId, ok }'), {
    summary: 'close a group for good: nobody can write there any more',
    about:
      'Closes a group for good. Its members keep what they have, see that it is closed, can leave, and can delete what they have written; nothing else is accepted. Nobody opens it again.',
    examples: ['admin close-group 6f1c2c1e-... --reason illegal'],
    changes: 'The group, and the audit.',
    exits: { operator },
  }).action(async (conversation, options) =>
    (await import('./admin/close-group.ts')).closeGroup(conversation, options, process.env),
  )
}

/** Their code is loaded at first use. */
export const addAdmin = (program: Command): void => {
  const group = program
    .command('admin')
    .description('moderate: users, their devices, what they report, and what admins have done')
  addUserCommands(group)
  addCloseGroup(group)
  addReportCommands(group)
  addQueues(group)
  addAudit(group)
}
