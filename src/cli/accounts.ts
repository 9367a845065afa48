import type { Command } from 'commander'
import { teach } from './lesson.ts'
import { withJson } from './output.ts'
import { serverUrl } from './settings/argument-values.ts'

const accounts = () => import('./accounts/recover-account.ts')
const devices = () => import('./accounts/account-devices.ts')

const ofLogin = (command: Command): Command => command.requiredOption('-l, --login <name>', 'the login name')

const ofSomebody = (command: Command): Command =>
  command
    .option('-l, --login <name>', 'the login name')
    .option('-u, --user <id>', 'the user id, of whom another issuer signs in')

const noAccount = 'there is no such account, or the accounts cannot be opened'

const addResetLink = (group: Command): void => {
  teach(withJson(ofLogin(group.command('reset-link')), '{ link, userId, expiresAt }'), {
    summary: 'print a link that works once, by which the owner of an account sets a new password',
    about:
      'Prints a link that works once, by which the owner of an account sets a new password: for people who have forgotten theirs, where the server sends no letters. Whoever opens the link can set the password: give it to nobody else. A server may be running.',
    examples: ['accounts reset-link --login ann@example.org'],
    changes: 'Nothing until the link is opened.',
    exits: { done: 'the link is printed', operator: noAccount },
  }).action(async (options) => (await accounts()).printResetLink(options, process.env))
}

const addResetSecondFactor = (group: Command): void => {
  teach(withJson(ofLogin(group.command('reset-second-factor')), '{ userId }'), {
    summary: 'remove the authenticator app, passkeys and recovery codes of a user who has lost them',
    about:
      'Removes the authenticator app, passkeys and recovery codes of a user who has lost them. The password alone signs in again. Be sure who asks. A server may be running.',
    examples: ['accounts reset-second-factor --login ann@example.org'],
    changes: 'The account has no second factor any more.',
    exits: { operator: `${noAccount}, or it has no second factor` },
  }).action(async (options) => (await accounts()).resetSecondFactor(options, process.env))
}

const addDevices = (group: Command): void => {
  const shape = '{ userId, devices: [{ deviceId, name, addedAt, revokedAt, hasKey }] }'
  teach(withJson(ofSomebody(group.command('devices')), shape), {
    summary: 'list the devices of a user',
    about: 'Lists the devices of a user, as a table: which there are, since when, and which were revoked.',
    examples: ['accounts devices --login ann@example.org', 'accounts devices --user 0197-... --json'],
    changes: 'Nothing.',
    exits: { done: 'they are listed', operator: noAccount },
  }).action(async (options) => (await devices()).listDevices(options, process.env))
}

const addRevokeDevice = (group: Command): void => {
  const command = ofSomebody(group.command('revoke-device'))
    .argument('<device>', 'as `accounts devices` shows it')
    .option('-s, --server <url>', "the running server; default: this machine, at the settings' port", serverUrl)
  teach(withJson(command, '{ userId, deviceId }'), {
    summary: 'sign a device out for good, for a user who has lost it and has no other one',
    about:
      "Signs a device out for good, for a user who has lost it. The running server is asked, so that the device's connections are closed at once. Whoever has another device of the same account revokes there instead: that is signed, and other people's devices need not take the server's word for it.",
    examples: ['accounts revoke-device phone --login ann@example.org'],
    changes: 'The device can never be used again; it is removed from all groups.',
    exits: { done: 'it is revoked', operator: 'there is no such account or device, or the server cannot be asked' },
  }).action(async (device, options) => (await devices()).revokeDevice(device, options, process.env))
}

/** Their code is loaded at first use. */
export const addAccounts = (program: Command): void => {
  const group = program.command('accounts').description('help people who cannot sign in')
  addResetLink(group)
  addResetSecondFactor(group)
  addDevices(group)
  addRevokeDevice(group)
}
