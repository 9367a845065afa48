import { type Command, Option } from 'commander'
import { teach } from '../lesson.ts'
import { withJson } from '../output.ts'
import { count, ofServer, operator, withReason } from './admin-options.ts'

const reports = () => import('./reports.ts')

const outcomes = ['dismissed', 'warned', 'deactivated', 'closed', 'passed_on', 'other'] as const

const addReports = (group: Command): void => {
  const command = ofServer(group.command('reports'))
    .addOption(
      new Option('--status <status>', 'which of them').choices(['open', 'claimed', 'resolved']).default('open'),
    )
    .option('-n, --limit <count>', 'how many, oldest first; at most 99999', count, 50)
  teach(withJson(command, '{ items: [{ reportId, kind, userId, reason, status, handledBy, ... }] }'), {
    summary: 'list what users have reported, oldest first',
    about:
      'Lists what users have reported: about whom, why, when, and who works on it. What their reporters reveal is in `admin report`.',
    examples: ['admin reports', 'admin reports --status resolved --json'],
    changes: 'Nothing.',
    exits: { done: 'nothing waits', failed: 'there are some', operator },
  }).action(async (options) => (await reports()).listReports(options, process.env))
}

const addReport = (group: Command): void => {
  const command = withReason(ofServer(group.command('report'))).argument(
    '<report>',
    'its id, as `admin reports` shows it',
  )
  teach(withJson(command, '{ reportId, note, messages: [{ text, senderId, sentAt, sameCiphertext, ... }], ... }'), {
    summary: 'read a report, with what its reporter reveals',
    about:
      'Reads a report. Who sent a message, and when, is what the log says; what it says is the word of the reporter, which the server cannot check.',
    examples: ['admin report 0f0f4d7e-...'],
    changes: 'The audit, which says that you have read it.',
    exits: { done: 'it is shown', operator },
  }).action(async (report, options) => (await reports()).showReport(report, options, process.env))
}

const addClaim = (group: Command): void => {
  const command = withReason(ofServer(group.command('claim'))).argument('<report>', 'its id')
  teach(withJson(command, '{ reportId, ok }'), {
    summary: 'take a report, so that other admins see who works on it',
    about: 'Takes a report. Whoever takes it last has it.',
    examples: ['admin claim 0f0f4d7e-...'],
    changes: 'The report, and the audit.',
    exits: { operator },
  }).action(async (report, options) => (await reports()).claimReport(report, options, process.env))
}

const addResolve = (group: Command): void => {
  const command = withReason(ofServer(group.command('resolve')))
    .argument('<report>', 'its id')
    .addOption(new Option('-o, --outcome <word>', 'what came of it').choices(outcomes).makeOptionMandatory())
  teach(withJson(command, '{ reportId, ok }'), {
    summary: 'end a report with what came of it',
    about: 'Ends a report. It only notes what came of it: deactivate whom you want to deactivate besides.',
    examples: ['admin resolve 0f0f4d7e-... --outcome dismissed'],
    changes: 'The report, and the audit.',
    exits: { operator },
  }).action(async (report, options) => (await reports()).resolveReport(report, options, process.env))
}

const addFeedback = (group: Command): void => {
  const command = ofServer(group.command('feedback')).option(
    '-n, --limit <count>',
    'how many, oldest first; at most 99999',
    count,
    50,
  )
  teach(withJson(command, '{ items: [{ feedbackId, userId, text, createdAt }] }'), {
    summary: 'read what users think of the product',
    about: 'Reads what users think of the product, oldest first.',
    examples: ['admin feedback'],
    changes: 'The audit, which says that you have read it.',
    exits: { done: 'it is shown', operator },
  }).action(async (options) => (await reports()).showFeedback(options, process.env))
}

/** Adds the commands for reports and feedback. */
export const addReportCommands = (group: Command): void => {
  addReports(group)
  addReport(group)
  addClaim(group)
  addResolve(group)
  addFeedback(group)
}
