import type { Command } from 'commander'
import { count, ofServer, operator, withReason } from './admin/admin-options.ts'
import { addReportCommands } from './admin/report-commands.ts'
import { teach } from './lesson.ts'
import { withJson } from './output.ts'
import { deviceIdValue, duration, userIdValue } from './settings/argument-values.ts'

const users = () => import('./admin/users.ts')

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

const addFind = (group: Command): void => {
  const command = ofServer(group.command('find'))
    .argument('[beginning]', 'of a login name or a user id; everybody if none is given')
    .option('-l, --login <name>', 'a whole login name instead')
    .option('-n, --limit <count>', 'how many users; at most 99999', count, 50)
  teach(withJson(command, '{ items: [{ userId, login, status, deactivation, roles, ... }] }'), {
    summary: 'find users by login name, or by the beginning of a login name or user id',
    about:
      'Finds users, ordered by user id: by a whole login name, or by the beginning of a login name or of a user id. It shows who they are for the server, not what they say about themselves.',
    examples: ['admin find --login ann@example.org', 'admin find ann', 'admin find --limit 1000 --json'],
    changes: 'Nothing.',
    exits: { done: 'somebody was found', failed: 'nobody was found', operator },
  }).action(async (beginning, options) => (await users()).findUsers(beginning, options, process.env))
}

const addShow = (group: Command): void => {
  const command = ofServer(group.command('show')).argument('<user>', 'the user id', userIdValue)
  teach(withJson(command, '{ userId, login, status, deactivation, roles, devices, conversations, ... }'), {
    summary: 'show how an account stands: devices, counts and limits',
    about:
      'Shows how an account stands: whether it is active, why and until when it is not, its devices, how many conversations, requests and blocks it has, and what it has stored lately. No contents, and not whom the user has blocked: the server shows that to nobody.',
    examples: ['admin show 0197-...'],
    changes: 'Nothing.',
    exits: { done: 'it is shown', operator },
  }).action(async (user, options) => (await users()).showUser(user, options, process.env))
}

const addDeactivate = (group: Command): void => {
  const command = withReason(ofServer(group.command('deactivate')))
    .argument('<user>', 'the user id', userIdValue)
    .option('-f, --for <duration>', 'how long, such as 12h or 7d; without it, until `admin reactivate`', duration)
  teach(withJson(command, '{ userId, status, deactivation, ... }'), {
    summary: 'close an account, for good or for a time: nobody signs in, its connections end',
    about:
      'Closes an account: its tokens are refused, its connections end, and nobody signs in. What it has sent stays, and it stays a member of its conversations. With --for the account is opened again by itself. A user who has left stays away until you say otherwise.',
    examples: ['admin deactivate 0197-... --for 7d --reason spam', 'admin deactivate 0197-... --reason abuse'],
    changes: 'The account, its connections, and the audit.',
    exits: { done: 'it is closed', operator: `${operator}; the last admin stays` },
  }).action(async (user, options) => (await users()).deactivateUser(user, options, process.env))
}

const addReactivate = (group: Command): void => {
  const command = withReason(ofServer(group.command('reactivate'))).argument('<user>', 'the user id', userIdValue)
  teach(withJson(command, '{ userId, status, deactivation, ... }'), {
    summary: 'open a closed account again',
    about: 'Opens an account again that an admin has closed, or that its user has left.',
    examples: ['admin reactivate 0197-... --reason mistake'],
    changes: 'The account, and the audit.',
    exits: { done: 'it is open', operator },
  }).action(async (user, options) => (await users()).reactivateUser(user, options, process.env))
}

const addRevokeDevice = (group: Command): void => {
  const command = withReason(ofServer(group.command('revoke-device')))
    .argument('<user>', 'the user id', userIdValue)
    .argument('<device>', 'as `admin show` shows it', deviceIdValue)
  teach(withJson(command, '{ userId, status, devices, ... }'), {
    summary: 'sign a device of a user out for good',
    about:
      'Signs a device out for good: its connections end, and it is removed from all groups. Whoever has another device of the same account revokes there instead: that is signed.',
    examples: ['admin revoke-device 0197-... phone --reason security'],
    changes: 'The device, the groups that it was in, and the audit.',
    exits: { done: 'it is revoked', operator },
  }).action(async (user, device, options) => (await users()).revokeDevice(user, device, options, process.env))
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
  addFind(group)
  addShow(group)
  addDeactivate(group)
  addReactivate(group)
  addRevokeDevice(group)
  addCloseGroup(group)
  addReportCommands(group)
  addAudit(group)
}
