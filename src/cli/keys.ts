import { type Command, Option } from 'commander'
import { teach } from './lesson.ts'
import { withJson } from './output.ts'
import { duration } from './settings/argument-values.ts'

const keys = () => import('./keys/signing-keys.ts')

const addCreate = (group: Command): void => {
  teach(withJson(group.command('create'), '{ kid }'), {
    summary: 'make the missing keys, before processes that share the directory start',
    about:
      'Makes the keys of the data directory that are not there yet: the one that signs access tokens, those that seal cookies and secrets, and the one of Web Push. A single server makes them by itself. Run it once before the processes of a cluster start that share the directory; then they only need to read it.',
    examples: ['keys create', 'keys create --json'],
    changes:
      'Files in the folder keys of the data directory; none that is there already. Makes the directory where there is none.',
    exits: { done: 'all keys are there; the id of the one that signs is printed' },
  }).action(async (options) => (await keys()).createKeys(options, process.env))
}

const addRotate = (group: Command): void => {
  const command = group
    .command('rotate')
    .addOption(
      new Option('-k, --keep <time>', 'how long tokens of the old key may live: a number and s, m, h or d')
        .argParser(duration)
        .default(duration('30d'), '30d'),
    )
  teach(withJson(command, '{ kid, retiredKid, withdrawn }'), {
    summary: 'make a new signing key, without downtime; the old one stays published until its tokens have expired',
    about:
      'Makes a new key that signs from now on, without downtime. The old one stays published until its tokens have expired. Run it now and then; after a leak see docs/guide/sign-in.md, which says how to withdraw a key at once.',
    examples: ['keys rotate', 'keys rotate --keep 1h      # when no token lives longer'],
    changes: 'The signing key of the data directory. Keys whose time is over are withdrawn.',
    exits: { done: 'the new key signs' },
  }).action(async (options) => (await keys()).rotateSigningKey(options, process.env))
}

export const addKeys = (program: Command): void => {
  const group = program.command('keys').description('the keys of the data directory')
  addCreate(group)
  addRotate(group)
}
