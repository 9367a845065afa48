import type { Command } from 'commander'
import { teach } from './lesson.ts'
import { withJson } from './output.ts'
import { serverUrl } from './settings/argument-values.ts'

const ofServer = (command: Command): Command =>
  command.option('-s, --server <url>', "the running server; default: this machine, at the settings' port", serverUrl)

const views = () => import('./views/operate-views.ts')

const operator = 'the server cannot be asked, or refuses: settings, no answer, a name that it does not know'
const shape = '{ views, rebuilding, parked, parkedCount }'

const addList = (group: Command): void => {
  teach(withJson(ofServer(group.command('list')), shape), {
    summary: 'show how far each view is, and which streams are parked, with the error',
    about:
      'Shows, as tables, how far each view is behind the event log, and which streams are parked: their views stand still at an event that could not be folded. Look here when lists or histories lack something.',
    examples: ['views list', 'views list --server http://10.0.0.5:8080 --json'],
    changes: 'Nothing.',
    exits: { done: 'no stream is parked', failed: 'some are, see `views retry`', operator },
  }).action(async (options) => (await views()).listViews(options, process.env))
}

const addRebuild = (group: Command): void => {
  const command = group.command('rebuild').argument('[views...]', 'their names; all views if none is given')
  teach(withJson(ofServer(command), `${shape} and failed`), {
    summary: 'rebuild views from the log, beside those that are served until then; parked streams are tried too',
    about:
      'Rebuilds views from the event log beside those that are served, and changes over when they are complete; parked streams are tried too. It waits until the new views are served. A server that is stopped meanwhile goes on serving the old ones; the next rebuild of the same views goes on where this one stopped.',
    examples: ['views rebuild', 'views rebuild timeline receipts'],
    changes: 'The generation of the views that is served.',
    exits: {
      done: 'the new views are served',
      failed: 'they could not be built, the old ones are served',
      operator,
    },
  }).action(async (names, options) => (await views()).rebuildViews(names, options, process.env))
}

const addRetry = (group: Command): void => {
  const command = group.command('retry').argument('<stream>', 'as `views list` shows it')
  teach(withJson(ofServer(command), '{ stream, parked, error? }'), {
    summary: 'fold a parked stream again, from the event that it stands at, once the cause is gone',
    about:
      'Folds a parked stream again, from the event that it stands at: after an update that can fold it, or when the cause is mended.',
    examples: ['views retry conversation-0197-...'],
    changes: 'The views follow the stream again.',
    exits: {
      done: 'the stream is followed again',
      failed: 'it had to be parked again, and the error is shown',
      operator,
    },
  }).action(async (stream, options) => (await views()).retryStream(stream, options, process.env))
}

/** Their code is loaded at first use. */
export const addViews = (program: Command): void => {
  const group = program
    .command('views')
    .description('the views of a running server: the lists and histories that it makes from the event log')
  addList(group)
  addRebuild(group)
  addRetry(group)
}
