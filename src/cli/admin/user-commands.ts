import { Argument, type Command } from 'commander'
import { teach } from '../lesson.ts'
import { withJson } from '../output.ts'
import { deviceIdValue, duration, userIdValue } from '../settings/argument-values.ts'
import { count, ofServer, operator, withReason } from './admin-options.ts'

const users = () => import('./users.ts')

const roles = ['user', 'analyst', 'admin'] as const

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

const addGrantRole = (group: Command): void => {
  const command = withReason(ofServer(group.command('grant-role')))
    .argument('<user>', 'the user id', userIdValue)
    .addArgument(new Argument('<role>', 'the role').choices(roles))
  teach(withJson(command, '{ userId, status, roles, ... }'), {
    summary: 'give a user a role, such as admin',
    about:
      'Gives a user a role. An admin moderates and operates this server, an analyst reads its history. It counts from the next request on. Roles of users of another issuer are set there.',
    examples: ['admin grant-role 0197-... admin --reason requested'],
    changes: 'The roles of the account, and the audit.',
    exits: { done: 'the user has the role', operator },
  }).action(async (user, role, options) => (await users()).grantRole(user, role, options, process.env))
}

const addRevokeRole = (group: Command): void => {
  const command = withReason(ofServer(group.command('revoke-role')))
    .argument('<user>', 'the user id', userIdValue)
    .addArgument(new Argument('<role>', 'the role').choices(roles))
  teach(withJson(command, '{ userId, status, roles, ... }'), {
    summary: 'take a role from a user',
    about: 'Takes a role from a user. It counts from the next request on. The last admin stays one.',
    examples: ['admin revoke-role 0197-... admin --reason security'],
    changes: 'The roles of the account, and the audit.',
    exits: { done: 'the user does not have the role', operator: `${operator}; the last admin stays` },
  }).action(async (user, role, options) => (await users()).revokeRole(user, role, options, process.env))
}

const addErase = (group: Command): void => {
  const command = withReason(ofServer(group.command('erase'))).argument('<user>', 'the user id', userIdValue)
  teach(withJson(command, '{ userId, ok }'), {
    summary: 'erase an account and everything stored about the person, for good',
    about:
      'Erases an account and everything that is stored about the person: login name, profile, devices, keys and files. It leaves all groups. What it has sent stays for the others, who can read it no better than before. Nothing brings it back.',
    examples: ['admin erase 0197-... --reason requested'],
    changes: 'The account, its conversations, and the audit.',
    exits: { operator: `${operator}; the last admin stays` },
  }).action(async (user, options) => (await users()).eraseUser(user, options, process.env))
}

/** Commands about users and their devices. */
export const addUserCommands = (group: Command): void => {
  addFind(group)
  addShow(group)
  addDeactivate(group)
  addReactivate(group)
  addRevokeDevice(group)
  addGrantRole(group)
  addRevokeRole(group)
  addErase(group)
}
