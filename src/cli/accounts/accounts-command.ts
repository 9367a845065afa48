import type { Command } from 'commander'

const accounts = () => import('./recover-account.ts')
const devices = () => import('./account-devices.ts')

const ofLogin = (command: Command): Command => command.requiredOption('-l, --login <name>', 'the login name')

const ofSomebody = (command: Command): Command =>
  command
    .option('-l, --login <name>', 'the login name')
    .option('-u, --user <id>', 'the user id, of whom another issuer signs in')
    .option('--json', 'print the result as JSON')

/** Their code is loaded when it is used. */
export const addAccountCommands = (program: Command): void => {
  const group = program.command('accounts').description('help people who cannot sign in')

  ofLogin(
    group
      .command('reset-link')
      .description('print a link that works once, by which the owner of an account sets a new password'),
  ).action(async (options) => (await accounts()).printResetLink(options, process.env))

  ofLogin(
    group
      .command('reset-second-factor')
      .description('remove the authenticator app, passkeys and recovery codes of a user who has lost them'),
  ).action(async (options) => (await accounts()).resetSecondFactor(options, process.env))

  ofSomebody(group.command('devices').description('list the devices of a user'))
    .addHelpText('after', '\nExit codes: 0 they are listed; 78 there is no such account.')
    .action(async (options) => (await devices()).listDevices(options, process.env))

  ofSomebody(
    group
      .command('revoke-device')
      .description('sign a device out for good, for a user who has lost it and has no other one')
      .argument('<device>', 'as `accounts devices` shows it')
      .option('-s, --server <url>', "the running server; default: this machine, at the settings' port"),
  )
    .addHelpText(
      'after',
      `
The running server is asked, so that the device's connections are closed at once. Whoever has another device of the same account
revokes there instead: that is signed, and other people's devices need not take the server's word for it.

Exit codes: 0 it is revoked; 78 there is no such account or device, or the server cannot be asked.`,
    )
    .action(async (device, options) => (await devices()).revokeDevice(device, options, process.env))
}
