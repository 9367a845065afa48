import type { Command } from 'commander'
import { teach } from './lesson.ts'
import { withJson } from './output.ts'
import { serverUrl } from './settings/argument-values.ts'

const ofServer = (command: Command): Command =>
  command.option('-s, --server <url>', "the running server; default: this machine, at the settings' port", serverUrl)

const reactions = () => import('./reactions/parked-work.ts')

const operator = 'the server cannot be asked, or refuses: settings, no answer, a name that it does not know'

const addList = (group: Command): void => {
  teach(withJson(ofServer(group.command('list')), '{ parked, parkedCount }'), {
    summary: 'show which streams are parked, for which process, since when and why',
    about:
      'Shows, as a table, work that follows from events and could not be done: which process, which stream, how often it was tried, and why. The alert ReactionsParked leads here.',
    examples: ['reactions list', 'reactions list --json'],
    changes: 'Nothing.',
    exits: { done: 'nothing is parked', failed: 'something is, see `reactions retry`', operator },
  }).action(async (options) => (await reactions()).listReactions(options, process.env))
}

const addRetry = (group: Command): void => {
  const command = group
    .command('retry')
    .argument('<process>', 'as `reactions list` shows it')
    .argument('<stream>', 'as `reactions list` shows it')
  teach(withJson(ofServer(command), '{ process, stream, parked, error? }'), {
    summary: 'do the parked work of a stream again, and then the work behind it, once the cause is gone',
    about: 'Does the parked work of a stream again, and then the work that waits behind it. Mend the cause first.',
    examples: ['reactions retry remove-devices user-0197-...'],
    changes: 'What follows from the events is done.',
    exits: {
      done: 'all of it is done',
      failed: 'it had to be parked again, and the error is shown',
      operator,
    },
  }).action(async (name, stream, options) => (await reactions()).retryReactions(name, stream, options, process.env))
}

/** Their code is loaded at first use. */
export const addReactions = (program: Command): void => {
  const group = program
    .command('reactions')
    .description('work that follows from events, such as removing an erased user from all groups; what fails is parked')
  addList(group)
  addRetry(group)
}
