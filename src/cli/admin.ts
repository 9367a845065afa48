import { type Command, InvalidArgumentError } from 'commander'
import { teach } from './lesson.ts'
import { withJson } from './output.ts'
import { serverUrl } from './settings/argument-values.ts'

const ofServer = (command: Command): Command =>
  command.option('-s, --server <url>', "the running server; default: this machine, at the settings' port", serverUrl)

const count = (text: string): number => {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a number from 1 to 99999.')
}

const operator = 'the server cannot be asked, or refuses: settings, no answer, a user or id that it does not know'

const addAudit = (group: Command): void => {
  const command = ofServer(group.command('audit')).option(
    '-n, --limit <count>',
    'how many entries, newest first',
    count,
    50,
  )
  teach(withJson(command, '{ items: [{ id, at, by, act, userId?, reason?, ... }] }'), {
    summary: 'show what admins have done: who, what, about whom, when and why',
    about:
      'Shows what admins and operators have done, newest first: who did it (user and device), what, about whom, when, and the word that was given for why. Ids alone, no names and no contents. An entry whose act waits for the event log appears a moment later.',
    examples: ['admin audit', 'admin audit --limit 500 --json'],
    changes: 'Nothing.',
    exits: { done: 'it is shown', operator },
  }).action(async (options) => (await import('./admin/audit.ts')).showAudit(options, process.env))
}

/** Their code is loaded at first use. */
export const addAdmin = (program: Command): void => {
  const group = program.command('admin').description('moderate: users, their devices, and what admins have done')
  addAudit(group)
}
